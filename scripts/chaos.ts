/**
 * `npm run chaos -- --minutes N [--seed S] [--rate R] [--json]`: two arbiter processes and workers under a steady stream
 * of tasks, while one part after another is killed or stopped; then a checker reads the topics on its own. Exit 1 on any
 * violation; what a failing run left is kept under `.arbiter/chaos`.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos/run.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    rate: { type: 'string', default: '6' },
    longest: { type: 'string', default: '30' },
    quiesce: { type: 'string', default: '240' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const positive = (name: 'minutes' | 'rate' | 'longest' | 'quiesce'): number => {
  const found = Number(values[name]);
  if (Number.isFinite(found) && found > 0) return found;
  process.stderr.write(`--${name}: expected a positive number, found ${values[name]}\n`);
  process.exit(2);
};

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));

const report = await runChaos({
  signal: interrupted.signal,
  minutes: positive('minutes'),
  seed: Number(values.seed),
  rate: positive('rate'),
  longestMs: Math.max(5, positive('longest')) * 1000,
  quiesceMs: positive('quiesce') * 1000,
  keep: values.keep,
  tell: (line) => process.stderr.write(`${line}\n`),
});
if (!values.json) {
  const text = JSON.stringify(report, null, 2);
  process.stderr.write(`${text}\n`);
}
const summary = report.ok === true ? 'holds' : `${String(report.violations)} violations`;
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else process.stdout.write(`chaos: ${summary} (seed ${String(report.seed)})\n`);
process.exit(report.ok === true ? 0 : 1);
