import { expect } from 'chai';
import {
  createCodec,
  fingerprintOf,
  FINGERPRINT_HEADER,
  memorySchemaSource,
} from '../../../src/bus/codec/index.js';
import { parseSchema } from '../../../src/bus/codec/compile.js';
import { loadEventSchemas } from '../../../src/events/schemas.js';
import { loadFixtures, type Fixture } from './fixtures.js';

/** What was read, without the fields that the writer's version did not have yet. */
const asWritten = (read: unknown, written: unknown): unknown => {
  if (Array.isArray(written) && Array.isArray(read) && read.length === written.length)
    return read.map((item, at) => asWritten(item, written[at]));
  if (typeof written !== 'object' || written === null || Buffer.isBuffer(written)) return read;
  if (typeof read !== 'object' || read === null || Array.isArray(written)) return read;
  const fields = read as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name, asWritten(fields[name], value)]),
  );
};

describe('law 12: old events stay readable for ever', () => {
  const fixtures = loadFixtures();
  const schemas = loadEventSchemas();

  it('every schema of this build has its fixture (else run scripts/write-fixtures.ts)', () => {
    const kept = new Set(fixtures.map(({ topic, name, text }) => `${topic}/${name}/${text}`));
    const missing = schemas.filter(({ topic, name, text }) => !kept.has(`${topic}/${name}/${text}`));
    expect(missing.map(({ subject }) => subject)).to.deep.equal([]);
  });

  it('the bytes of every version are read by the newest schema', async () => {
    const texts = new Map(fixtures.map(({ text }) => [fingerprintOf(text).toString('hex'), text]));
    const seen = { textOf: (fp: string) => texts.get(fp), textOfId: () => undefined };
    const codec = createCodec({ ...memorySchemaSource([]), seen });
    for (const { topic, name, text, value, record } of fixtures) {
      const decoded = await codec.decode({
        topic,
        value,
        headers: { [FINGERPRINT_HEADER]: fingerprintOf(text) },
      });
      expect(decoded, `${topic}/${name}`).to.include({ kind: 'event', name });
      if (decoded.kind === 'event') expect(asWritten(decoded.record, record)).to.deep.equal(record);
    }
  });

  it('all versions of an event read each other, both ways', () => {
    const versions = new Map<string, Fixture[]>();
    for (const fixture of fixtures) {
      const key = `${fixture.topic}/${fixture.name}`;
      versions.set(key, [...(versions.get(key) ?? []), fixture]);
    }
    for (const all of versions.values())
      for (const reader of all)
        for (const writer of all)
          expect(() => parseSchema(reader.text).createResolver(parseSchema(writer.text))).not.to.throw();
  });
});
