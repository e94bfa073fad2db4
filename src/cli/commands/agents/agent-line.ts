import { standingOf } from '../../../aggregates/agent/find/fleet-agent.js';
import type { AgentView, Queries } from '../../../projections/index.js';
import { CliError, NO } from '../../failure.js';
import { instant, snake } from '../../output.js';

/** An agent as one item of a list. */
export const agentLine = ({ registeredAt, lastSeenAt, ...rest }: AgentView): Record<string, unknown> => ({
  ...snake(rest),
  standing: standingOf(rest),
  registered_at: instant(registeredAt),
  last_seen_at: instant(lastSeenAt),
});

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
export const seconds = (micros: number | null): string =>
  micros === null ? '' : `${(micros / 1e6).toFixed(1)} s`;

/** Rejects with `NOT_FOUND`, exit 1. */
export const agentNamed = async (queries: Queries, agentId: string): Promise<AgentView> => {
  const agent = await queries.findAgent(agentId);
  if (agent !== undefined) return agent;
  throw new CliError(
    {
      code: 'NOT_FOUND',
      expected: 'a registered agent',
      found: agentId.slice(0, 130),
      repair: 'see: arbiter agents list',
    },
    { exit: NO },
  );
};
