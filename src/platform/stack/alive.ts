import { containerRuns, stopContainer } from './docker.js';
import { lives } from './identity.js';
import { stopProcess } from './process.js';
import type { StopPlan } from './process.js';
import type { RunningPart } from './state.js';

/** Is the part that was started, be it a process or a container, still there? Not whether it answers. */
export function isAlive(part: RunningPart): Promise<boolean> {
  if (part.container !== undefined) return containerRuns(part.container);
  return Promise.resolve(lives(part.pid, part.identity));
}

/** Ends it, and nothing else. */
export function endPart(part: RunningPart, plan: StopPlan): Promise<void> {
  if (part.container !== undefined) return stopContainer(part.container, plan.steps[0]?.waitMs ?? 10_000);
  return stopProcess(part, plan);
}
