/**
 * What the demo does: three agents, and the tasks with the end each one must come to. No end depends on which agent the
 * router happens to draw: an agent that fails is left out of the next attempt, and one of the three always does the work.
 */
export interface DemoAgent {
  readonly name: string;
  /** In `examples/agents`. */
  readonly program: string;
  readonly capabilities: readonly string[];
  readonly says: string;
}

export interface DemoTask {
  /** In `examples/tasks`. */
  readonly file: string;
  readonly type: 'code-editing' | 'documentation';
  readonly capability: string;
  readonly attempts: number;
  readonly end: 'completed' | 'rejected' | 'failed';
  /** Fewest attempts that must have been made. */
  readonly atLeast?: number;
}

export const AGENTS: readonly DemoAgent[] = [
  { name: 'flaky', program: 'flaky.sh', capabilities: ['javascript'], says: 'crashes now and then' },
  {
    name: 'steady',
    program: 'steady.mjs',
    capabilities: ['javascript', 'tables'],
    says: 'does the work',
  },
  {
    name: 'wanderer',
    program: 'wanderer.sh',
    capabilities: ['javascript', 'releases'],
    says: 'leaves its scope',
  },
];

/** This one's worker comes first, while the others are not there: so the first task is surely crashed on. */
export const FIRST_AGENT = 'flaky';

const code = { type: 'code-editing', capability: 'javascript', attempts: 3 } as const;
const words = { type: 'documentation', capability: 'javascript', attempts: 3 } as const;

/** Needs a second attempt: submitted while only the first agent has a worker. */
export const FIRST_TASK: DemoTask = { ...code, file: '08-count-words.yaml', end: 'completed', atLeast: 2 };

export const TASKS: readonly DemoTask[] = [
  FIRST_TASK,
  { ...code, file: '01-slugify.yaml', end: 'completed' },
  { ...code, file: '02-fix-truncate.yaml', end: 'completed' },
  { ...code, file: '03-title-case.yaml', end: 'completed' },
  { ...words, file: '04-usage.yaml', end: 'completed' },
  { ...code, file: '05-center.yaml', end: 'completed' },
  { ...code, file: '06-wrap-tests.yaml', end: 'completed' },
  { ...words, file: '07-changelog.yaml', end: 'completed' },
  // Refused by the constitution before any agent sees them.
  { ...code, file: '09-no-rollback.yaml', end: 'rejected' },
  { ...code, file: '12-misspelt.yaml', end: 'rejected' },
  // Does as it was told, and the change is over the budget of its tier.
  { ...code, file: '10-stop-words.yaml', capability: 'tables', attempts: 1, end: 'failed', atLeast: 1 },
  // Only the agent that leaves its scope has this capability.
  { ...words, file: '11-release.yaml', capability: 'releases', attempts: 1, end: 'failed', atLeast: 1 },
];
