/**
 * How long one spec takes, warm, on one core: parse, shape and semantics of v12 over the real specs; then the same with the
 * detection of the format and with lines and columns, and the migration. Goal: under 0.2 ms a spec; the in-process kernel of CAWS 12 takes 0.136 ms (p50) and its command line 315 ms, as
 * measured on a machine of this kind.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSpec, examineSpec, migrateSpec } from '../src/caws/index.js';

const REFERENCE = { caws_kernel_p50_ms: 0.136, caws_kernel_p95_ms: 0.36, caws_cli_p50_ms: 315 };

interface Figures {
  readonly specs: number;
  readonly mean_bytes: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  /** The same by CPU time: other work on the machine does not count. */
  readonly cpu_p50_ms: number;
  readonly cpu_p95_ms: number;
  readonly cpu_p99_ms: number;
  readonly mean_cpu_ms: number;
  readonly specs_per_s: number;
}

/** The shared set lies beside the repository, or, for a copy of it, further up. */
const specsFrom = (folder: string): string => {
  const found = path.join(folder, 'shared', 'conformance', 'specs');
  if (existsSync(found)) return found;
  if (path.dirname(folder) === folder) throw new Error('no shared/conformance/specs beside the repository');
  return specsFrom(path.dirname(folder));
};

const round = (value: number, digits = 4): number => Number(value.toFixed(digits));

const percentile = (times: readonly number[], share: number): number => {
  const sorted = [...times].sort((a, b) => a - b);
  return round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
};

/** Percentiles over every call, after a warm-up; the mean and the rate by CPU time, so that other work on the machine does not count. */
const measure = (texts: readonly string[], work: (text: string) => unknown, rounds: number): Figures => {
  for (let i = 0; i < 30; i += 1) texts.forEach(work);
  const wall: number[] = [];
  const cpu: number[] = [];
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i += 1) {
    for (const text of texts) {
      const used = process.cpuUsage();
      const begun = process.hrtime.bigint();
      work(text);
      wall.push(Number(process.hrtime.bigint() - begun) / 1e6);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
    }
  }
  const { user, system } = process.cpuUsage(start);
  const meanMs = (user + system) / 1000 / wall.length;
  return {
    specs: texts.length,
    mean_bytes: Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length),
    p50_ms: percentile(wall, 0.5),
    p95_ms: percentile(wall, 0.95),
    p99_ms: percentile(wall, 0.99),
    cpu_p50_ms: percentile(cpu, 0.5),
    cpu_p95_ms: percentile(cpu, 0.95),
    cpu_p99_ms: percentile(cpu, 0.99),
    mean_cpu_ms: round(meanMs),
    specs_per_s: Math.round(1000 / meanMs),
  };
};

export const run = (): Promise<object> => {
  const folder = specsFrom(path.dirname(fileURLToPath(import.meta.url)));
  const texts = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
  const valid = texts.filter((text) => examineSpec(text).valid);
  const older = texts.filter((text) => !examineSpec(text).valid);
  return Promise.resolve({
    // What the kernel of CAWS does: the verdict of v12 with its findings by pointer.
    ...measure(texts, checkSpec, 200),
    examine_valid: measure(valid, (text) => examineSpec(text), 200),
    // Findings are placed in the text by a second, slower parser: only what has findings pays for it.
    examine_invalid: measure(older, (text) => examineSpec(text), 10),
    lenient: measure(older, (text) => examineSpec(text, 'lenient'), 5),
    migrate: measure(older, (text) => migrateSpec(text), 5),
    reference: REFERENCE,
    node: process.version,
  });
};
