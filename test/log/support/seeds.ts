import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../.failing-seeds/', import.meta.url));

/** How many seeds to run: SIM_SEEDS, else the number for CI. */
export const seedCount = (inCi: number): number => Number(process.env['SIM_SEEDS'] ?? inCi);

const failed = (name: string): number[] => {
  try {
    return JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as number[];
  } catch {
    return [];
  }
};

/**
 * Runs the schedules of many seeds; those that failed before come first. A failing seed is kept in
 * `test/.failing-seeds/`, and the error names it.
 */
export const runSeeds = async (
  name: string,
  count: number,
  run: (seed: number) => Promise<void>,
): Promise<void> => {
  const known = failed(name);
  const fresh = Array.from({ length: count }, (_, i) => i + 1).filter((seed) => !known.includes(seed));
  let repaired: number[] = [];
  for (const seed of [...known, ...fresh]) {
    try {
      await run(seed);
      if (known.includes(seed)) repaired = [...repaired, seed];
    } catch (error) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(`${FOLDER}${name}.json`, JSON.stringify([...new Set([...known, seed])]));
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${name}: seed ${seed} failed (kept in test/.failing-seeds/${name}.json): ${message}`, {
        cause: error,
      });
    }
  }
  if (repaired.length > 0)
    writeFileSync(`${FOLDER}${name}.json`, JSON.stringify(known.filter((seed) => !repaired.includes(seed))));
};
