/**
 * Writes the fixtures of every event type whose schema has none yet: test/fixtures/events/<topic>/<Event>/vN.{avsc,bin,json}.
 * The bytes of every released version are kept for ever and never written again (law 12); a changed schema becomes the
 * next version. `--check` only says what is missing.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCodec, memorySchemaSource, type EventTopic } from '../src/bus/codec/index.js';
import { loadEventSchemas } from '../src/events/schemas.js';
import { sampleRecord } from '../test/bus/codec/arbitrary.js';

const ROOT = fileURLToPath(new URL('../test/fixtures/events/', import.meta.url));
const SEED = 20_260_901;

const schemas = loadEventSchemas();
const codec = createCodec(memorySchemaSource(schemas));
await codec.ready();

const missing: string[] = [];
for (const schema of schemas) {
  const folder = path.join(ROOT, schema.topic, schema.name);
  const present = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.avsc')) : [];
  if (present.some((file) => readFileSync(path.join(folder, file), 'utf8') === schema.text)) continue;
  const stem = path.join(folder, `v${present.length + 1}`);
  missing.push(path.relative(ROOT, stem));
  if (process.argv.includes('--check')) continue;
  const record = sampleRecord(schema, SEED);
  const { value } = codec.encode(schema.topic as EventTopic, schema.name as never, record as never);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${stem}.avsc`, schema.text, { flag: 'wx' });
  writeFileSync(`${stem}.bin`, value, { flag: 'wx' });
  writeFileSync(`${stem}.json`, `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
}
if (missing.length > 0) process.stdout.write(`${missing.join('\n')}\n`);
if (process.argv.includes('--check') && missing.length > 0) {
  process.stderr.write(
    'schemas without fixtures: run npx tsx scripts/write-fixtures.ts and commit the new files\n',
  );
  process.exit(1);
}
