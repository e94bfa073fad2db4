import { fileURLToPath } from 'node:url';

/** What is live in the arbiter process after a full collection, and how many tasks had finished by then. */
export interface Sample {
  readonly finished: number;
  readonly live_bytes: number;
  readonly rss_mb: number;
}

/** To be imported into that process, which needs `--expose-gc`. */
export const COLLECTOR = fileURLToPath(new URL('./collector.mjs', import.meta.url));

/** What the collector says on stderr; other lines go on to ours. */
export const collectedIn = (text: string): Omit<Sample, 'finished'>[] =>
  text.split('\n').flatMap((line) => {
    if (line.startsWith('{"collected"'))
      return [(JSON.parse(line) as { collected: Omit<Sample, 'finished'> }).collected];
    if (line !== '') process.stderr.write(`${line}\n`);
    return [];
  });

/** Bytes a finished task, by least squares. */
export const slopeOf = (samples: readonly Sample[]): number => {
  const mean = (of: (one: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const x = mean((one) => one.finished);
  const y = mean((one) => one.live_bytes);
  const over = samples.reduce((sum, one) => sum + (one.finished - x) * (one.live_bytes - y), 0);
  return over / samples.reduce((sum, one) => sum + (one.finished - x) ** 2, 0);
};
