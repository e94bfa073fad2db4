import { z } from 'zod';
import { LOAN, type Question, type Ranking, type Rule } from '../arms.js';
import { remembering, type Memory } from '../memory.js';

/** A policy by name: its parameters with their bounds, and its rule. */
export interface PolicyKind<S extends z.ZodType = z.ZodType> {
  readonly id: string;
  readonly version: string;
  /** one line for people */
  readonly summary: string;
  readonly schema: S;
  rule(parameters: z.output<S>): Rule;
}

/** A kind with its parameters typed where it is written. */
export const kind = <S extends z.ZodType>(one: PolicyKind<S>): PolicyKind<S> => one;

export const loanParameter = {
  /** at most so many pseudo-outcomes stand for what is known besides: the family's baseline, the agent at other types */
  loan: z.number().min(0).max(1e6).default(LOAN),
};

export const alarmParameters = {
  /** drift that is borne without an alarm, as a rate */
  delta: z.number().min(0).max(0.5).default(0.05),
  /** how much lost success makes an alarm */
  lambda: z.number().min(1).max(1000).default(12),
};
export const memoryParameters = {
  memory: z.enum(['all', 'alarm', 'discounted', 'window']).default('all'),
  ...alarmParameters,
  gamma: z.number().min(0.5).max(1).default(0.998),
  window: z.int().min(1).max(4096).default(300),
};
export type MemoryParameters = z.output<z.ZodObject<typeof memoryParameters>>;

export function memoryOf({ memory, delta, lambda, gamma, window }: MemoryParameters): Memory {
  if (memory === 'alarm') return { memory, delta, lambda };
  if (memory === 'discounted') return { memory, gamma };
  return memory === 'window' ? { memory, window } : { memory };
}

/** The rule on what the memory lets count; says how many alarms there were. */
export function withMemory(memory: Memory, rule: Rule): Rule {
  return (asked: Question): Ranking => {
    const { question, alarms } = remembering(asked, memory);
    const ranking = { ...rule(question), evidence: question.arms };
    return alarms === 0 ? ranking : { ...ranking, details: { ...ranking.details, alarms } };
  };
}
