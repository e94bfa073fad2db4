import type { AgentCommandsEvents } from '../../events/generated/events.js';
import { invalid, same, unchanged, type Outcome } from './outcome.js';
import { priorProblem, reasonProblem, wordsProblem, type AgentLimits } from './rules.js';
import type { RegistryValue } from './state.js';
import { wordsOf } from './vocabulary.js';

/** Adds words; those known already change nothing. */
export const addWords = (
  value: RegistryValue | undefined,
  { kind, words, reason }: AgentCommandsEvents['AddWords'],
  limits: AgentLimits,
): Outcome => {
  if (kind === 'UNKNOWN')
    return invalid('kind: TASK_TYPE, LANGUAGE, SPECIALISATION or CAPABILITY, found UNKNOWN');
  const added = value?.kind === 'vocabulary' ? value.words : [];
  const problem = wordsProblem(words, added.length, limits) ?? reasonProblem(reason, limits);
  if (problem !== undefined) return invalid(problem);
  const known = new Set(wordsOf(kind, added));
  const fresh = words.filter((word) => !known.has(word));
  return fresh.length === 0
    ? unchanged('all of them are known')
    : ['WordsAdded', { kind, words: fresh, reason }];
};

/** What is believed of a model family from now on; decisions made before name what they rested on. */
export const setBaseline = (
  value: RegistryValue | undefined,
  { family, prior, reason }: AgentCommandsEvents['SetBaseline'],
  limits: AgentLimits,
): Outcome => {
  if (family.length > limits.textLength)
    return invalid(`family: at most ${limits.textLength} characters, found ${family.length}`);
  const problem = priorProblem(prior) ?? reasonProblem(reason, limits);
  if (problem !== undefined) return invalid(problem);
  const families = value?.kind === 'baselines' ? value.families : {};
  if (Object.hasOwn(families, family)) {
    if (same(families[family], prior)) return unchanged('the baseline is exactly this');
  } else if (Object.keys(families).length >= limits.baselines) {
    return invalid(`family: at most ${limits.baselines} with a baseline of their own`);
  }
  return ['BaselineSet', { family, prior, reason }];
};
