import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { matrixOf, onlyAgents, type Matrix } from '../../src/routing/simulation/index.js';

/** Eight scaffolds, from good to bad, in the file's own words. */
export const SCAFFOLDS = [
  '20250928_trae_doubao_seed_code',
  '20250902_atlassian-rovo-dev',
  '20250901_warp',
  '20250807_openhands_gpt5',
  '20250716_openhands_kimi_k2',
  '20250807_mini-v1.7.0_gpt-5',
  '20250726_mini-v1.0.0_o4-mini-2025-04-16',
  '20250629_deepswerl_r2eagent',
] as const;

export const outcomesOfAll = (): Matrix => {
  const file = new URL('./data/swebench-verified-all-agents.csv', import.meta.url);
  const [head = [], ...rows] = parse(readFileSync(file));
  return matrixOf(head, rows);
};

export const scaffoldFleet = (all: Matrix): Matrix => onlyAgents(all, SCAFFOLDS);

/** Every third agent of the file from `offset` on, the last 40 of those, in order of their submission. */
export const arrivalFleet = (all: Matrix, offset = 0): Matrix =>
  onlyAgents(all, all.agents.filter((_, at) => at % 3 === offset).slice(-40));

/** Fleets of eight that have no agent in common with the scaffolds: what parameters were chosen on. */
export const heldOutFleets = (all: Matrix, count: number): Matrix[] => {
  const others = all.agents.slice(50).filter((name) => !(SCAFFOLDS as readonly string[]).includes(name));
  // Agents are in the order of time; a stride mixes old and new ones the same way in every fleet.
  return Array.from({ length: count }, (_, fleet) =>
    onlyAgents(
      all,
      Array.from(
        { length: 8 },
        (_, k) => others[(fleet * 5 + k * 9 + fleet * k) % others.length] ?? '',
      ).filter((name, at, list) => list.indexOf(name) === at),
    ),
  );
};
