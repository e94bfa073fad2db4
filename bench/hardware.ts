import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import process from 'node:process';

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};

const pinned = (name: string): string => {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};

/** What a figure was measured on. `load` is the load average when the bench began: above 0.5, something else was running. */
export const hardware = (): Record<string, unknown> => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 1e9),
  kernel: release(),
  load: loadavg()[0],
  node: process.version,
  kafkajs: pinned('kafkajs'),
  avsc: pinned('avsc'),
  pg: pinned('pg'),
  commit: commit(),
  at: new Date().toISOString(),
});
