import { clauseRule, isWaivable, type ClauseRule } from './clause-rules.js';
import { settingsOf, type Desk, type Refusal } from './desk.js';

/** How the clause may be waived under the desk's settings, or why it may not. */
export const waivable = (
  desk: Desk,
  clause: string,
): { readonly rule: ClauseRule } | NonNullable<Refusal> => {
  const rule = clauseRule(clause, settingsOf(desk));
  if (rule !== undefined) return { rule };
  const message = isWaivable(clause)
    ? `${clause} may not be waived: the desk's settings say so`
    : `${clause} can not be waived`;
  return { code: 'NOT_WAIVABLE', message };
};
