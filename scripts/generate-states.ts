/** Writes docs/states.md from the saga's table. `--check` fails when the file has drifted. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { statesDocument } from '../src/saga/states-document.js';

const target = fileURLToPath(new URL('../docs/states.md', import.meta.url));
const text = statesDocument();
if (process.argv.includes('--check')) {
  const present = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (present !== text) {
    process.stderr.write(
      'docs/states.md has drifted from src/saga/table.ts: run npx tsx scripts/generate-states.ts\n',
    );
    process.exit(1);
  }
} else {
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}
