import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { loadFixtures } from './fixtures.js';

const VERSION = '1.12.1';
const cache = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'arbiter',
  `python-avro-${VERSION}`,
);

/** Reads lines {text, value} from stdin and answers with a line of JSON each; bytes come back as hex. */
const DECODER = `
import io, json, sys
import avro.io, avro.schema
def plain(v):
    if isinstance(v, bytes): return {"hex": v.hex()}
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list): return [plain(x) for x in v]
    return v
for line in sys.stdin:
    asked = json.loads(line)
    schema = avro.schema.parse(asked["text"])
    body = io.BytesIO(bytes.fromhex(asked["value"])[5:])
    record = avro.io.DatumReader(schema, schema).read(avro.io.BinaryDecoder(body))
    assert body.read() == b""
    print(json.dumps(plain(record)))
`;

/** Logical types are another matter: Python makes dates of micros, and can not hold the extremes of our samples. */
const withoutLogicalTypes = (text: string): string =>
  text.replaceAll(',"logicalType":"timestamp-micros"', '');

const plain = (value: unknown): unknown => {
  if (Buffer.isBuffer(value)) return { hex: value.toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
};

/** A virtual environment with the Apache Avro of PyPI, made once; a reason where that is not possible. */
const findPython = async (): Promise<{ python: string } | { missing: string }> => {
  const python = path.join(cache, 'bin', 'python3');
  if (existsSync(python)) return { python };
  try {
    mkdirSync(path.dirname(cache), { recursive: true });
    const fresh = mkdtempSync(`${cache}-`);
    await execa('python3', ['-m', 'venv', fresh], { timeout: 60_000 });
    await execa(path.join(fresh, 'bin', 'python3'), ['-m', 'pip', 'install', '-q', `avro==${VERSION}`], {
      timeout: 90_000,
    });
    renameSync(fresh, cache);
    return { python };
  } catch (error) {
    return { missing: error instanceof Error ? error.message.slice(0, 200) : 'no python3' };
  }
};

describe('D.6: a decoder nobody here wrote', function () {
  this.timeout(180_000);

  it('Apache Avro for Python reads the bytes of every version', async function () {
    const found = await findPython();
    if ('missing' in found) {
      process.stderr.write(`skipped, no virtual environment with avro ${VERSION}: ${found.missing}\n`);
      this.skip();
    }
    const fixtures = loadFixtures();
    const script = path.join(mkdtempSync(path.join(tmpdir(), 'arbiter-avro-')), 'decode.py');
    writeFileSync(script, DECODER);
    const input = fixtures.map(({ text, value }) =>
      JSON.stringify({ text: withoutLogicalTypes(text), value: value.toString('hex') }),
    );
    const { stdout } = await execa(found.python, [script], { input: `${input.join('\n')}\n` });
    const answers = stdout.split('\n');
    expect(answers).to.have.length(fixtures.length);
    for (const [index, { topic, name, record }] of fixtures.entries())
      expect(JSON.parse(answers[index] ?? ''), `${topic}/${name}`).to.deep.equal(plain(record));
  });
});
