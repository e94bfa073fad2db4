import { registryDomain, UNDECLARED, type AgentState } from '../../src/aggregates/agent/index.js';
import type { AgentCommandsEvents } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { Partition } from './partition.js';

type Commands = AgentCommandsEvents;
type Register = Commands['RegisterAgent'];

let commands = 0;

/** Head of a command. */
export const head = () => ({
  commandId: `c-${++commands}`,
  ifVersion: null,
  tenant: 'default',
  actor: 'ann',
  occurredAt: 0,
  traceparent: null,
});

export const registration = (agentId: string, over: Partial<Register> = {}): Register => ({
  ...head(),
  agentId,
  displayName: 'An agent',
  modelFamily: 'm',
  version: '1',
  capabilities: ['python', 'typescript'],
  taskTypes: [],
  maxConcurrency: 2,
  costPerTaskMicros: null,
  ...UNDECLARED,
  tags: { team: 'x' },
  ...over,
});

/** A registry without a broker; each function gives one command and answers with its events. */
export const registry = (limits: Parameters<typeof registryDomain>[0] = {}) => {
  const partition = new Partition(registryDomain(limits), 'arbiter.agents');
  const send = <Name extends keyof Commands>(type: Name, command: Commands[Name]): LoggedEvent[] =>
    partition.record(type, command);
  return {
    partition,
    send,
    register: (id: string, over: Partial<Register> = {}) => send('RegisterAgent', registration(id, over)),
    change: (id: string, over: Partial<Commands['ChangeCapabilities']> = {}) =>
      send('ChangeCapabilities', {
        ...head(),
        agentId: id,
        capabilities: ['rust'],
        taskTypes: [],
        maxConcurrency: null,
        languages: null,
        specialisations: null,
        ...over,
      }),
    terms: (id: string, over: Partial<Commands['ChangeTerms']> = {}) =>
      send('ChangeTerms', {
        ...head(),
        agentId: id,
        reach: null,
        price: null,
        quotas: [],
        tags: {},
        ...over,
      }),
    model: (id: string, modelFamily: string, version = '2') =>
      send('SwapModel', { ...head(), agentId: id, modelFamily, version, reason: 'new' }),
    status: (id: string, over: Partial<Commands['SetAgentStatus']> = {}) =>
      send('SetAgentStatus', { ...head(), agentId: id, status: 'MAINTENANCE', reason: 'disk', ...over }),
    seen: (id: string, present: boolean, over: Partial<Commands['ReportPresence']> = {}) =>
      send('ReportPresence', {
        ...head(),
        tenant: 'arbiter',
        agentId: id,
        present,
        lastSeenAt: partition.now,
        instances: 1,
        ...over,
      }),
    words: (kind: Commands['AddWords']['kind'], ...words: string[]) =>
      send('AddWords', { ...head(), kind, words, reason: '' }),
    baseline: (family: string, successes: number, failures: number) =>
      send('SetBaseline', {
        ...head(),
        family,
        prior: {
          successesMilli: successes * 1000,
          failuresMilli: failures * 1000,
          durationMs: 1500,
          costMicros: 15_000,
        },
        reason: '',
      }),
    retire: (id: string) => send('RetireAgent', { ...head(), agentId: id, reason: 'old' }),
    agent: (id: string): AgentState => {
      const value = partition.get(`agent/${id}`);
      if (value?.kind !== 'agent') throw new Error('no agent');
      return value;
    },
  };
};

export const refused = (code: string) => [['AgentCommandRefused', { code }] as const];
