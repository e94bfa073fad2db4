import { existsSync } from 'node:fs';
import path from 'node:path';
import type * as Caws from '../../caws/index.js';
import type { Diagnostic, Policy, ProfileName } from '../../caws/index.js';
import type { SpecCheckOptions } from '../commands/spec.js';
import { showDiagnostic } from './excerpt.js';
import { DONE, exitOfWorst, FAILED, misuse, NO } from '../failure.js';
import { json, paint, print, printable, showError } from '../output.js';
import { readDocument } from './spec-file.js';

/** One line of the answer. */
interface Answer {
  readonly file: string;
  readonly profile: string;
  readonly detected: string | null;
  readonly valid: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly reasons: readonly string[];
}

type Rules = typeof Caws;

/** Exit 0 if every file is valid, 1 if one is not, 2 if one could not be read. */
export const checkSpecs = async (files: readonly string[], options: SpecCheckOptions): Promise<number> => {
  const rules = await import('../../caws/index.js');
  const profile = profileOf(options.profile, rules);
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy, rules);
  const show = options.json === true ? showJson : showHuman;
  let worst = DONE;
  for (const file of files) {
    try {
      const { answer, text } = await checkFile(file, profile, policy?.policy, options, rules);
      show(answer, text);
      if (!answer.valid) worst = exitOfWorst(worst, NO);
    } catch (error) {
      showError(error, options.json === true);
      if (options.json === true) json(unreadable(file, profile, error));
      worst = exitOfWorst(worst, FAILED);
    }
  }
  if (policy !== undefined) {
    show(policy.answer, policy.text);
    if (!policy.answer.valid) worst = exitOfWorst(worst, NO);
  }
  return worst;
};

/** A line for a file that could not be read, so that every file has one. */
const unreadable = (file: string, profile: string, error: unknown): object => ({
  file,
  profile,
  detected: null,
  valid: false,
  reasons: ['it could not be read'],
  diagnostics: [
    {
      rule: 'arbiter.spec.unreadable',
      severity: 'error',
      message: error instanceof Error ? error.message : String(error),
      pointer: '/',
      line: 1,
      column: 1,
      repair: 'Name a file that can be read.',
    },
  ],
});

const profileOf = (name: string, { isProfile, PROFILES }: Rules): ProfileName => {
  if (isProfile(name)) return name;
  throw misuse(
    `a profile: ${PROFILES.join(', ')}`,
    JSON.stringify(name.slice(0, 80)),
    'name one of them',
    'UNKNOWN_PROFILE',
  );
};

const checkFile = async (
  file: string,
  profile: ProfileName,
  policy: Policy | undefined,
  options: SpecCheckOptions,
  rules: Rules,
): Promise<{ answer: Answer; text: string }> => {
  const read = await readDocument(file, 'spec', rules.YAML_LIMITS.bytes);
  if ('refused' in read) {
    const reasons = ['it could not be read'];
    return {
      answer: { file, profile, detected: null, valid: false, diagnostics: [read.refused], reasons },
      text: '',
    };
  }
  const { valid, detected, diagnostics } = rules.examineSpec(read.text, profile, (value, holds) => [
    ...(policy === undefined ? [] : rules.policyFit(value, policy)),
    ...(options.strict === true && holds ? strictly(value, options.root, rules) : []),
  ]);
  const { profile: format, reasons } = detected;
  return { answer: { file, profile, detected: format, valid, diagnostics, reasons }, text: read.text };
};

/** The opt-in rules speak of the fields of v12: another format passes them by. */
const strictly = (value: unknown, root: string, rules: Rules): readonly Diagnostic[] => {
  const { ok, spec } = rules.checkSpecValue(value);
  if (!ok || spec === undefined) return [];
  return rules.checkArbiterRules(spec, {
    now: new Date(),
    fileExists: (file) => existsSync(path.join(root, file)),
  });
};

/** The policy is a file like the others: it gets a line of its own, the last. */
const readPolicy = async (
  file: string,
  rules: Rules,
): Promise<{ answer: Answer; text: string; policy?: Policy }> => {
  const read = await readDocument(file, 'policy', rules.YAML_LIMITS.bytes);
  const head = { file, profile: 'policy.v1', reasons: [] };
  if ('refused' in read) {
    return { answer: { ...head, detected: null, valid: false, diagnostics: [read.refused] }, text: '' };
  }
  const { ok, policy, diagnostics } = rules.parsePolicy(read.text);
  const placed = rules.placed(read.text, diagnostics);
  return {
    answer: { ...head, detected: ok ? 'policy.v1' : null, valid: ok, diagnostics: placed },
    text: read.text,
    ...(policy === undefined ? {} : { policy }),
  };
};

const showJson = ({ diagnostics, ...answer }: Answer): void => {
  json({ ...answer, diagnostics: diagnostics.map(lineOf) });
};

/** A diagnostic as `--json` prints it. */
export const lineOf = (found: Diagnostic): object => ({
  rule: found.rule,
  severity: found.severity,
  message: found.message,
  pointer: found.pointer ?? '/',
  line: found.line ?? 1,
  column: found.column ?? 1,
  repair: found.narrowRepair ?? null,
});

const showHuman = (answer: Answer, text: string): void => {
  const { file, profile, detected, valid, diagnostics, reasons } = answer;
  for (const found of inOrder(diagnostics)) showDiagnostic(file, text, found);
  const word = valid ? paint('green', 'valid') : paint('red', 'invalid');
  print(`${printable(file)}: ${word} ${profile}${countsOf(diagnostics)}`);
  if (valid || detected === null || detected === profile || profile !== 'v12') return;
  print(`  it looks like ${detected}: ${printable(reasons.join('; '))}`);
  if (detected !== 'v11' && detected !== 'v12')
    print(`  make it v12: arbiter spec migrate ${printable(file)}`);
};

/** From the top of the file to its end. */
export const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...diagnostics].sort((a, b) => (a.line ?? 1) - (b.line ?? 1) || (a.column ?? 1) - (b.column ?? 1));

/** ` (2 errors, 1 warning)`, or nothing. */
export const countsOf = (diagnostics: readonly Diagnostic[]): string => {
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = diagnostics.filter((found) => found.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`];
  });
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
};
