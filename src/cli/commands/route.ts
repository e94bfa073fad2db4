import type { Command } from 'commander';
import { addGroup } from '../command.js';
import { addRoutePolicies } from './route-policies.js';
import { addRouteSimulate } from './route-simulate.js';

/** How agents are chosen. */
export const addRoute = (program: Command): void => {
  const group = addGroup(program, 'route', 'how agents are chosen: try out policies', [
    'arbiter route simulate --outcomes outcomes.csv --policy randomised-ucb --steps 500',
  ]);
  addRouteSimulate(group);
  addRoutePolicies(group);
};
