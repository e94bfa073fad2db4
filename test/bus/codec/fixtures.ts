import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../fixtures/events/', import.meta.url));

export interface Fixture {
  readonly topic: string;
  readonly name: string;
  readonly version: string;
  readonly text: string;
  /** Confluent wire format. */
  readonly value: Buffer;
  readonly record: unknown;
}

/** `{"type":"Buffer"}` back to a buffer. */
const revive = (_key: string, value: unknown): unknown => {
  const found = value as { type?: unknown; data?: unknown } | null;
  return found !== null && found.type === 'Buffer' && Array.isArray(found.data)
    ? Buffer.from(found.data as number[])
    : value;
};

/** The kept bytes of every released version of every event. */
export const loadFixtures = (): readonly Fixture[] =>
  readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .map((file) => {
      const stem = path.join(ROOT, file.slice(0, -'.avsc'.length));
      const [topic = '', name = '', version = ''] = file.slice(0, -'.avsc'.length).split(path.sep);
      return {
        topic,
        name,
        version,
        text: readFileSync(`${stem}.avsc`, 'utf8'),
        value: readFileSync(`${stem}.bin`),
        record: JSON.parse(readFileSync(`${stem}.json`, 'utf8'), revive) as unknown,
      };
    });
