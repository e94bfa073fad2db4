import type { AgentState } from '../../aggregates/agent/index.js';
import { CardError } from './card-error.js';
import type { AgentCard } from './schema.js';
import { TERMS_EXTENSION, termsParams } from './terms-extension.js';

/** What of an agent goes into its card. */
export type Exported = Pick<
  AgentState,
  | 'agentId'
  | 'displayName'
  | 'modelFamily'
  | 'agentVersion'
  | 'capabilities'
  | 'taskTypes'
  | 'languages'
  | 'specialisations'
  | 'maxConcurrency'
  | 'reach'
  | 'price'
  | 'quotas'
  | 'tags'
>;

/** A skill per type of task; an agent that takes any has one skill of its own name. */
const skillsOf = (agent: Exported): AgentCard['skills'] => {
  const tags = [...new Set([...agent.languages, ...agent.specialisations, ...agent.capabilities])];
  const types = agent.taskTypes.length === 0 ? [agent.agentId] : agent.taskTypes;
  return types.map((type) => ({
    id: type,
    name: type,
    description: `Takes tasks of type ${agent.taskTypes.length === 0 ? 'any' : type}.`,
    tags: tags.length === 0 ? [type] : tags,
  }));
};

/**
 * The agent card (A2A 1.0) of a registered agent, with our terms as an extension. It holds no default values, so that all
 * canonical forms of it are the same.
 * @param url where it speaks A2A, where the registry does not say
 * @throws CardError NO_INTERFACE
 */
export const cardOf = (agent: Exported, url?: string): AgentCard => {
  const { reach } = agent;
  const at = url ?? (reach?.kind === 'A2A' || reach?.kind === 'HTTP' ? reach.url : '');
  if (at === '')
    throw new CardError(
      'NO_INTERFACE',
      '/supportedInterfaces',
      'a URL where the agent speaks A2A',
      `an agent reached by ${reach?.kind ?? 'nothing declared'}`,
      'name one: --url https://…',
    );
  const description = `${agent.agentId}: an agent registered with Arbiter.`;
  return {
    name: agent.displayName === '' ? agent.agentId : agent.displayName,
    description,
    version: agent.agentVersion === '' ? '1' : agent.agentVersion,
    supportedInterfaces: [
      {
        url: at,
        protocolBinding: reach?.binding || 'JSONRPC',
        protocolVersion: reach?.protocolVersion || '1.0',
      },
    ],
    capabilities: {
      extensions: [
        {
          uri: TERMS_EXTENSION,
          description: 'Concurrency, price, quotas and the words of the registry.',
          params: termsParams({
            modelFamily: agent.modelFamily,
            taskTypes: [...agent.taskTypes],
            languages: [...agent.languages],
            specialisations: [...agent.specialisations],
            capabilities: [...agent.capabilities],
            concurrency: agent.maxConcurrency,
            price: agent.price,
            quotas: agent.quotas,
            tags: { ...agent.tags },
          }),
        },
      ],
    },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: skillsOf(agent),
  };
};
