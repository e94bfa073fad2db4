/**
 * `npm run bench -- NAME [--json] [--save] [options of the bench]`: runs one bench. Progress goes to stderr; with `--json`
 * one JSON object is the last line of stdout. `--save` writes it to bench/results/NAME.json, or
 * NAME-VARIANT.json where the result names its variant. No figure fails anything.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hardware } from './hardware.js';

interface Bench {
  run: (args: never) => Promise<object>;
}

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  lifecycle: () => import('./lifecycle/index.js'),
  soak: () => import('./soak.js'),
  memory: () => import('./memory.js'),
  codec: () => import('./codec.js'),
  spec: () => import('./spec.js'),
  projection: () => import('./projection.js'),
  rebuild: () => import('./rebuild.js'),
  restore: () => import('./restore.js'),
  failover: () => import('./failover.js'),
  evidence: () => import('./evidence.js'),
  routing: () => import('./routing/index.js'),
  'routing-load': () => import('./routing-load.js'),
  registry: () => import('./registry.js'),
};

const [name, ...args] = process.argv.slice(2);
const load = name === undefined ? undefined : BENCHES[name];
if (name === undefined || load === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--save]\n`);
  process.exit(name === '--help' ? 0 : 2);
}
const before = hardware();
const { variant, ...figures } = (await (await load()).run(args as never)) as { readonly variant?: string };
const result = { bench: name, ...figures, hardware: before };
if (args.includes('--save')) {
  const label = variant === undefined ? name : `${name}-${variant}`;
  const file = fileURLToPath(new URL(`./results/${label}.json`, import.meta.url));
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
process.stdout.write(
  args.includes('--json') ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`,
);
process.exit(0);
