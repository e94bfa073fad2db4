/**
 * Writes docs/cli.md from the help of the commands.
 *   tsx scripts/generate-cli.ts           write
 *   tsx scripts/generate-cli.ts --check   exit 1 if it has drifted
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { helpDocument } from '../src/cli/help-document.js';

const file = new URL('../docs/cli.md', import.meta.url);
const generated = helpDocument();
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== generated) {
    process.stderr.write('docs/cli.md has drifted from --help; run: tsx scripts/generate-cli.ts\n');
    process.exit(1);
  }
} else writeFileSync(file, generated);
