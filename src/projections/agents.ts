import { TOPICS } from '../events/topics.js';
import type {
  AgentRegistered,
  AgentRetired,
  AgentsEvents,
  AgentStatusChanged,
  CapabilitiesChanged,
  ModelSwapped,
  PresenceChanged,
  TermsChanged,
} from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import type { Change, Projection } from './engine/projection.js';
import type { Row, Table } from './engine/table.js';

const AGENTS: Table = {
  name: 'agents_rows',
  key: ['agent_id'],
  columns: {
    agent_id: 'text',
    tenant: 'text',
    display_name: 'text',
    model_family: 'text',
    agent_version: 'text',
    capabilities: 'jsonb',
    task_types: 'jsonb',
    capability_version: 'bigint',
    max_concurrency: 'bigint',
    cost_per_task_micros: 'bigint',
    languages: 'jsonb',
    specialisations: 'jsonb',
    reach: 'jsonb',
    price: 'jsonb',
    quotas: 'jsonb',
    terms_version: 'bigint',
    model_version: 'bigint',
    card_sha256: 'text',
    card_key: 'text',
    tags: 'jsonb',
    status: 'text',
    status_reason: 'text',
    presence: 'text',
    last_seen_us: 'bigint',
    departed: 'boolean',
    retired: 'boolean',
    registered_us: 'bigint',
    updated_us: 'bigint',
    version: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [{ name: 'capabilities', on: 'USING gin (capabilities jsonb_path_ops)' }],
};

/** Every version of what an agent could do, for audits. */
const VERSIONS: Table = {
  name: 'agent_capability_rows',
  key: ['agent_id', 'capability_version'],
  columns: {
    agent_id: 'text',
    capability_version: 'bigint',
    capabilities: 'jsonb',
    task_types: 'jsonb',
    languages: 'jsonb',
    specialisations: 'jsonb',
    max_concurrency: 'bigint',
    actor: 'text',
    since_us: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [],
};

const capabilityLine = (row: Row, { body: { meta }, offset }: LoggedEvent): Row => ({
  agent_id: row['agent_id'] ?? null,
  capability_version: row['capability_version'] ?? null,
  capabilities: row['capabilities'] ?? null,
  task_types: row['task_types'] ?? null,
  languages: row['languages'] ?? null,
  specialisations: row['specialisations'] ?? null,
  max_concurrency: row['max_concurrency'] ?? null,
  actor: meta.actor,
  since_us: meta.occurredAt,
  log_offset: offset,
});

const registered = (body: AgentRegistered): Row => ({
  agent_id: body.agentId,
  tenant: body.meta.tenant,
  display_name: body.displayName,
  model_family: body.modelFamily,
  agent_version: body.version,
  capabilities: body.capabilities,
  task_types: body.taskTypes,
  capability_version: 1,
  max_concurrency: body.maxConcurrency,
  cost_per_task_micros: body.costPerTaskMicros,
  languages: body.languages,
  specialisations: body.specialisations,
  reach: body.reach,
  price: body.price,
  quotas: body.quotas,
  terms_version: 1,
  model_version: 1,
  card_sha256: body.card === null ? null : body.card.sha256.toString('hex'),
  card_key: body.card?.keyId ?? null,
  tags: body.tags,
  status: 'AVAILABLE',
  status_reason: null,
  presence: 'UNSEEN',
  last_seen_us: null,
  departed: false,
  retired: false,
  registered_us: body.meta.occurredAt,
});

/** What an event changes in a registered agent. Who it is never changes, and outcomes change nothing here. */
const changesOf = (event: LoggedEvent): Row | undefined => {
  const { body } = event;
  switch (event.type as keyof AgentsEvents) {
    case 'CapabilitiesChanged': {
      const { capabilityVersion, capabilities, taskTypes, languages, specialisations, maxConcurrency } =
        body as unknown as CapabilitiesChanged;
      return {
        capability_version: capabilityVersion,
        capabilities,
        task_types: taskTypes,
        languages,
        specialisations,
        max_concurrency: maxConcurrency,
      };
    }
    case 'TermsChanged': {
      const { termsVersion, reach, price, quotas, tags } = body as unknown as TermsChanged;
      const cost = price?.currency === 'USD' ? price.perTaskMicros : null;
      return { terms_version: termsVersion, reach, price, quotas, tags, cost_per_task_micros: cost };
    }
    case 'ModelSwapped': {
      const { modelVersion, modelFamily, version } = body as unknown as ModelSwapped;
      return { model_version: modelVersion, model_family: modelFamily, agent_version: version };
    }
    case 'PresenceChanged': {
      const { present, lastSeenAt } = body as unknown as PresenceChanged;
      const seen = lastSeenAt === null ? {} : { last_seen_us: lastSeenAt };
      return present ? { presence: 'PRESENT', departed: false, ...seen } : { presence: 'ABSENT', ...seen };
    }
    case 'AgentLeft':
      return { departed: true };
    case 'AgentStatusChanged': {
      const { status, reason } = body as unknown as AgentStatusChanged;
      return { status, status_reason: reason };
    }
    case 'AgentRetired':
      return { retired: true, status: 'OFFLINE', status_reason: (body as unknown as AgentRetired).reason };
    default:
      return undefined;
  }
};

const foldAgent = (row: Row | undefined, event: LoggedEvent): Change | undefined => {
  const { meta } = event.body;
  const isNew = event.type === 'AgentRegistered';
  const changes = isNew ? registered(event.body as unknown as AgentRegistered) : changesOf(event);
  if (changes === undefined) return undefined;
  if (row === undefined && !isNew)
    throw new Error(`UNKNOWN_AGENT: expected AgentRegistered before ${event.type} on ${meta.streamId}`);
  const next: Row = {
    ...row,
    ...changes,
    updated_us: meta.occurredAt,
    version: meta.streamVersion,
    log_offset: event.offset,
  };
  const hasNewCapabilities = isNew || event.type === 'CapabilitiesChanged';
  return { row: next, lines: hasNewCapabilities ? [capabilityLine(next, event)] : [] };
};

/** The registered agents as declared; load and success are measured elsewhere and meet them in the view. */
export const agentsProjection: Projection = {
  name: 'agents',
  topic: TOPICS.agents,
  foldVersion: 2,
  rows: AGENTS,
  lines: VERSIONS,
  begins: ({ body }) => body.meta.streamVersion === 1,
  finished: (row) => row['retired'] === true,
  keyOf: ({ body }) =>
    body.meta.streamId.startsWith('agent/') ? { agent_id: body['agentId'] as string } : undefined,
  fold: foldAgent,
};
