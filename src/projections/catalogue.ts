import { agentsProjection } from './agents.js';
import { assignmentsProjection } from './assignments.js';
import type { Projection } from './engine/projection.js';
import { outcomesProjection } from './outcomes.js';
import { policiesProjection } from './policies.js';
import { tasksProjection } from './tasks.js';
import { verdictsProjection } from './verdicts.js';

/** All projections, one per owned log. */
export const PROJECTIONS: readonly Projection[] = [
  tasksProjection,
  agentsProjection,
  assignmentsProjection,
  outcomesProjection,
  policiesProjection,
  verdictsProjection,
];

/** The projection of that name. Throws `UNKNOWN_PROJECTION`. */
export const projectionNamed = (name: string): Projection => {
  const found = PROJECTIONS.find((projection) => projection.name === name);
  if (found) return found;
  const names = PROJECTIONS.map((projection) => projection.name).join(', ');
  throw new Error(`UNKNOWN_PROJECTION: expected one of ${names}, found ${JSON.stringify(name)}`);
};
