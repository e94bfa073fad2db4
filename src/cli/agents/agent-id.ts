import { AGENT_ID } from '../../aggregates/agent/rules.js';
import { misuse } from '../failure.js';

/** Before anything is published or started: the registry takes more, but such an agent would never get a worker. */
export const requireAgentId = (id: string, where: string): void => {
  if (AGENT_ID.test(id)) return;
  throw misuse(
    `an agent's name, ${String(AGENT_ID)}`,
    JSON.stringify(id),
    `correct ${where}`,
    'BAD_AGENT_ID',
  );
};
