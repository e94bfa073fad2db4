import type { AgentCommandsEvents } from '../../events/generated/events.js';
import { createPolicy, DEFAULT_POLICY } from '../../routing/index.js';
import { invalid, unchanged, type Outcome } from './outcome.js';
import { reasonProblem, type AgentLimits } from './rules.js';
import type { RegistryValue } from './state.js';

/** How long the parameters of a policy may be as JSON, characters. */
const PARAMETERS_LENGTH = 4096;

/**
 * How agents are chosen from now on. The event holds every parameter, so that a default that changes with a build changes
 * nothing that was decided.
 */
export const setRoutingPolicy = (
  value: RegistryValue | undefined,
  command: AgentCommandsEvents['SetRoutingPolicy'],
  limits: AgentLimits,
): Outcome => {
  const now = value?.kind === 'routing' ? value : undefined;
  const { reason, explorationFloor, ifVersion } = command;
  if (ifVersion !== null && ifVersion !== (now?.version ?? 0)) {
    const message = `expected version ${ifVersion}, found ${now?.version ?? 0}`;
    return { code: 'VERSION_MISMATCH', message };
  }
  const problem = reasonProblem(reason, limits);
  if (problem !== undefined) return invalid(problem);
  if (explorationFloor !== null && !(explorationFloor >= 0 && explorationFloor <= 1))
    return invalid(`explorationFloor: a share from 0 to 1, found ${explorationFloor}`);
  const policy = understood(command);
  if (typeof policy === 'string') return invalid(policy);
  const next = { ...policy, explorationFloor };
  const isSame =
    now !== undefined &&
    now.policyId === next.policyId &&
    now.policyVersion === next.policyVersion &&
    now.parameters === next.parameters &&
    now.explorationFloor === explorationFloor;
  if (isSame) return unchanged('agents are chosen exactly so');
  return ['RoutingPolicyChanged', { ...next, previousPolicyId: now?.policyId ?? '', reason }];
};

interface Understood {
  readonly policyId: string;
  readonly policyVersion: string;
  readonly parameters: string;
}

/** The policy with all of its parameters, or what is wrong. */
const understood = ({
  policyId,
  parameters,
}: AgentCommandsEvents['SetRoutingPolicy']): Understood | string => {
  if (parameters.length > PARAMETERS_LENGTH)
    return `parameters: at most ${PARAMETERS_LENGTH} characters, found ${parameters.length}`;
  try {
    const given: unknown = JSON.parse(parameters);
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return 'parameters: a JSON object';
    const policy = createPolicy(
      policyId === '' ? DEFAULT_POLICY : policyId,
      given as Readonly<Record<string, unknown>>,
    );
    return {
      policyId: policy.id,
      policyVersion: policy.version,
      parameters: JSON.stringify(policy.parameters),
    };
  } catch (error) {
    return error instanceof SyntaxError
      ? 'parameters: a JSON object'
      : error instanceof Error
        ? error.message.slice(0, 1000)
        : String(error);
  }
};
