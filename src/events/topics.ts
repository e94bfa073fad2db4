/** Topic names. One name for one thing, everywhere. */
export const TOPICS = {
  taskRequests: 'arbiter.task-requests',
  commands: 'arbiter.commands',
  agentReports: 'arbiter.agent-reports',
  facts: 'arbiter.facts',
  tasks: 'arbiter.tasks',
  assignments: 'arbiter.assignments',
  verdicts: 'arbiter.verdicts',
  agentCommands: 'arbiter.agent-commands',
  agents: 'arbiter.agents',
  policyCommands: 'arbiter.policy-commands',
  policies: 'arbiter.policies',
  outcomes: 'arbiter.outcomes',
  presence: 'arbiter.presence',
  checkpoints: 'arbiter.checkpoints',
  schemas: 'arbiter.schemas',
  deadLetters: 'arbiter.dead-letters',
} as const;

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS];

/** Logs with one accepted writer per partition: the truth. Each carries `arbiter.Claimed` records. */
export const OWNED_TOPICS: readonly TopicName[] = [
  TOPICS.tasks,
  TOPICS.assignments,
  TOPICS.verdicts,
  TOPICS.outcomes,
  TOPICS.agents,
  TOPICS.policies,
];

/** Topics whose records also carry CloudEvents headers: what outsiders write and read. */
export const CLOUD_EVENT_TOPICS: readonly TopicName[] = [
  TOPICS.taskRequests,
  TOPICS.commands,
  TOPICS.agentReports,
  TOPICS.agentCommands,
  TOPICS.policyCommands,
  TOPICS.verdicts,
];
