/**
 * What the examples' agents know by heart, by the id of the working spec: a stand-in for a model. Each entry gives the
 * files to write; a function gets what stands in the file now.
 */
const tested = (name, file, assertion) => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ${name} } from '../src/${file}.js';

test('${name}', () => {
  ${assertion}
});
`;

export const KNOWN_TASKS = {
  'DEMO-SLUG-1': {
    'src/slugify.js': `/** Lower-case words, joined by hyphens. */
export const slugify = (text) =>
  text
    .toLowerCase()
    .split(/[^\\p{L}\\p{N}]+/u)
    .filter((part) => part !== '')
    .join('-');
`,
    'test/slugify.test.js': tested(
      'slugify',
      'slugify',
      "assert.equal(slugify('Hello, World'), 'hello-world');",
    ),
  },
  'DEMO-TRUNCATE-1': {
    'src/truncate.js': (before) => before.replace('text.length < most', 'text.length <= most'),
    'test/truncate.test.js': tested('truncate', 'truncate', "assert.equal(truncate('abcde', 5), 'abcde');"),
  },
  'DEMO-TITLE-1': {
    'src/title-case.js': `/** Every word with a capital. */
export const titleCase = (text) => text.replace(/(^|\\s)\\p{L}/gu, (start) => start.toUpperCase());
`,
    'test/title-case.test.js': tested(
      'titleCase',
      'title-case',
      "assert.equal(titleCase('the end'), 'The End');",
    ),
  },
  'DEMO-USAGE-1': {
    'docs/usage.md': `# Usage

- \`center('ab', 5)\` gives \`'  ab '\`
- \`truncate('abcdef', 4)\` gives \`'abc…'\`
- \`wrap('a bb ccc', 4)\` gives \`['a bb', 'ccc']\`
`,
  },
  'DEMO-CENTER-1': {
    'src/pad.js': `/** Centres a text in \`width\` characters. */
export const center = (text, width) => {
  const spaces = Math.max(0, width - text.length);
  const before = Math.ceil(spaces / 2);
  return ' '.repeat(before) + text + ' '.repeat(spaces - before);
};
`,
  },
  'DEMO-WRAP-1': {
    'test/wrap.test.js': tested(
      'wrap',
      'wrap',
      "assert.deepEqual(wrap('', 5), []);\n  assert.deepEqual(wrap('unbreakable a', 5), ['unbreakable', 'a']);",
    ),
  },
  'DEMO-CHANGES-1': {
    'CHANGELOG.md': (before) => `${before}\n## 0.3.0\n\n- \`wrap\`, \`truncate\` and \`center\`\n`,
  },
  'DEMO-COUNT-1': {
    'src/count-words.js': `/** How many words a text has. */
export const countWords = (text) => text.split(/\\s+/).filter((part) => part !== '').length;
`,
    'test/count-words.test.js': tested(
      'countWords',
      'count-words',
      "assert.equal(countWords('one two'), 2);",
    ),
  },
  // As asked, one word on each line: more lines than the project's policy allows a tier 3 task.
  'DEMO-STOP-1': {
    'src/stop-words.js': `export const STOP_WORDS = [\n${Array.from({ length: 400 }, (_none, i) => `  'word${i}',`).join('\n')}\n];\n`,
  },
  'DEMO-RELEASE-1': {
    'docs/release-0.4.0.md': '# 0.4.0\n\n- `slugify`, `titleCase` and `countWords`\n',
  },
};
