import type { VocabularyKind } from '../../events/generated/events.js';

/** The vocabularies, with the name that people use. */
export const VOCABULARIES = {
  'task-type': 'TASK_TYPE',
  language: 'LANGUAGE',
  specialisation: 'SPECIALISATION',
  capability: 'CAPABILITY',
} as const satisfies Record<string, VocabularyKind>;

/**
 * Words that every build knows; the log adds to them. A vocabulary without any words takes every word, so that task types
 * and capabilities are free until somebody registers the first.
 */
export const BASE_WORDS: Readonly<Record<VocabularyKind, readonly string[]>> = {
  UNKNOWN: [],
  TASK_TYPE: [],
  CAPABILITY: [],
  LANGUAGE: [
    'bash',
    'c',
    'clojure',
    'cpp',
    'csharp',
    'css',
    'dart',
    'elixir',
    'erlang',
    'fsharp',
    'go',
    'graphql',
    'groovy',
    'haskell',
    'hcl',
    'html',
    'java',
    'javascript',
    'json',
    'julia',
    'kotlin',
    'lua',
    'markdown',
    'nix',
    'objective-c',
    'ocaml',
    'perl',
    'php',
    'powershell',
    'python',
    'r',
    'ruby',
    'rust',
    'scala',
    'solidity',
    'sql',
    'swift',
    'typescript',
    'yaml',
    'zig',
  ],
  SPECIALISATION: [
    'accessibility',
    'api-design',
    'architecture',
    'backend',
    'cli',
    'code-review',
    'concurrency',
    'data-engineering',
    'databases',
    'debugging',
    'devops',
    'documentation',
    'embedded',
    'frontend',
    'infrastructure',
    'machine-learning',
    'migration',
    'mobile',
    'networking',
    'performance',
    'refactoring',
    'security',
    'testing',
  ],
};

/** The words of a kind: base and added. */
export const wordsOf = (kind: VocabularyKind, added: readonly string[]): readonly string[] =>
  added.length === 0 ? BASE_WORDS[kind] : [...new Set([...BASE_WORDS[kind], ...added])];

/** What is wrong with a word that is not in the vocabulary; undefined: nothing, all are known or none is asked for. */
export const unknownWord = (
  kind: VocabularyKind,
  words: readonly string[],
  known: readonly string[],
): string | undefined => {
  if (known.length === 0) return undefined;
  const set = new Set(known);
  const word = words.find((one) => !set.has(one));
  if (word === undefined) return undefined;
  const name = Object.entries(VOCABULARIES).find(([, value]) => value === kind)?.[0] ?? kind;
  const nearest = nearestWord(word, known);
  const hint = nearest === undefined ? '' : `; the nearest known word is ${JSON.stringify(nearest)}`;
  return `${name}: a registered word, found ${JSON.stringify(word)}${hint}; a new one: arbiter agents vocabulary add ${name} ${word}`;
};

/** The known word with the fewest edits, ties by the order of words; undefined where none is near. */
export const nearestWord = (word: string, known: readonly string[]): string | undefined => {
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const one of [...known].sort()) {
    const most = Math.min(best === undefined ? Infinity : best.edits - 1, Math.max(2, word.length >> 1));
    const edits = editsBetween(word.toLowerCase(), one.toLowerCase(), most);
    if (edits <= most) best = { word: one, edits };
  }
  return best?.word;
};

/** Insertions, deletions, substitutions and swaps of neighbours; more than `most` is only said to be more. */
const editsBetween = (a: string, b: string, most: number): number => {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_none, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
};
