import type { Command } from 'commander';
import { addGroup } from '../command.js';
import { addRouteEvaluate } from './route-evaluate.js';
import { addRouteExplain } from './route-explain.js';
import { addRoutePolicies } from './route-policies.js';
import { addRoutePolicy } from './route-policy.js';
import { addRouteShadow } from './route-shadow.js';
import { addRouteSimulate } from './route-simulate.js';

/** How agents are chosen. */
export const addRoute = (program: Command): void => {
  const group = addGroup(program, 'route', 'how agents are chosen, why, and how else', [
    'arbiter route explain T-42',
    'arbiter route policy set round-robin',
    'arbiter route simulate --outcomes outcomes.csv --policy randomised-ucb --steps 500',
  ]);
  addRouteExplain(group);
  addRoutePolicy(group);
  addRouteShadow(group);
  addRouteEvaluate(group);
  addRouteSimulate(group);
  addRoutePolicies(group);
};
