import {
  CONSTITUTION_SHA256,
  judgeSpec,
  type ClauseResult,
  type Violation,
} from '../../aggregates/constitution/index.js';
import { checkSpec } from '../../caws/index.js';
import type { SpecChecked, TaskRequest } from '../../events/generated/events.js';
import { REQUEST_LIMITS } from '../../producers/request-check.js';
import { gitFailure, type Stores } from '../../platform/git/index.js';
import {
  asksForFiles,
  budgetOf,
  contractFiles,
  readBaseRules,
  waiverWaitMs,
  type BaseRules,
} from './base-rules.js';

export type SpecAnswer = Omit<SpecChecked, 'meta'>;

/** What git could not give, as the violation that a person sees. */
const violation = (code: string, path: string, message: string, repair: string): Violation => ({
  rule: `arbiter.git.${code.toLowerCase()}`,
  path,
  message,
  repair,
});

/** The repository did not answer, for now: the saga may ask again, so nothing is decided. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/**
 * Checks the spec of a request before anything is executed (law 10): pins the base to a commit id, reads the policy at
 * the base and the spec where the request names it, and judges. What is wrong with the request is a violation; what is
 * wrong with the surroundings is `NotNow`, to be asked again.
 */
export const checkRequestedSpec = async (
  request: TaskRequest,
  stores: Stores,
  askedAt: number,
): Promise<SpecAnswer> => {
  const read = await readInputs(request, stores);
  if (read.kind === 'refused') return refused(read.violation);
  const { specText, baseCommit, rules } = read;
  const check = checkSpec(specText);
  const spec = check.spec ?? check.shaped;
  const context = { now: new Date(askedAt / 1000), fileExists: (path: string) => read.present.has(path) };
  const judgement = judgeSpec({ specText, request: { type: request.type }, context, ...rules });
  return {
    outcome: judgement.outcome,
    specSha256: check.sha256,
    specId: spec?.id ?? null,
    riskTier: spec?.risk_tier ?? null,
    mode: spec?.mode ?? null,
    policySha256: judgement.policySha256,
    constitutionSha256: judgement.constitutionSha256,
    baseCommit,
    spec: request.spec === null ? specText : null,
    clauses: [...judgement.clauses],
    violations: [...judgement.violations],
    budget: spec === undefined ? null : budgetOf(spec, rules),
    specSize:
      spec === undefined
        ? null
        : { scopePaths: spec.scope.in.length, acceptanceCriteria: spec.acceptance.length },
    waiverWaitMs: waiverWaitMs(rules),
  };
};

type Inputs =
  | {
      readonly kind: 'read';
      specText: string;
      baseCommit: string | null;
      rules: BaseRules;
      /** Files that contracts name, and that are there. */
      present: ReadonlySet<string>;
    }
  | { readonly kind: 'refused'; violation: Violation };

const readInputs = async (request: TaskRequest, stores: Stores): Promise<Inputs> => {
  const { repository, baseRevision, specRepository, specRevision, specPath } = request;
  let place = '/repository';
  try {
    let baseCommit: string | null = null;
    let rules: BaseRules = {};
    let present = (_spec: string): Promise<ReadonlySet<string>> => Promise.resolve(new Set());
    if (repository !== null && baseRevision !== null) {
      const store = await stores.of(repository);
      baseCommit = await store.resolve(baseRevision);
      rules = await readBaseRules(store, baseCommit);
      const base = baseCommit;
      if (asksForFiles(rules)) present = (spec) => contractFiles(spec, store, base);
    }
    if (request.spec !== null) {
      const specText = request.spec;
      return { kind: 'read', specText, baseCommit, rules, present: await present(specText) };
    }
    place = '/specPath';
    if (specRepository === null || specRevision === null || specPath === null) {
      const message = 'the request has no spec';
      return {
        kind: 'refused',
        violation: violation('no_spec', '/spec', message, 'give the spec as text or as a reference'),
      };
    }
    const store = await stores.of(specRepository);
    const commit = await store.resolve(specRevision);
    const bytes = await store.readFile(commit, specPath, REQUEST_LIMITS.specBytes);
    if (bytes === null) {
      const message = `${specPath} does not exist at ${commit}`;
      return {
        kind: 'refused',
        violation: violation('spec_not_found', place, message, 'correct specPath or specRevision'),
      };
    }
    const specText = bytes.toString('utf8');
    return { kind: 'read', specText, baseCommit, rules, present: await present(specText) };
  } catch (error) {
    const { code, message, repair, transient } = gitFailure(error);
    if (transient && code !== 'REPOSITORY_UNREACHABLE') throw new NotNow(message, { cause: error });
    return { kind: 'refused', violation: violation(code, place, message, repair) };
  }
};

const refused = (found: Violation): SpecAnswer => {
  const clause: ClauseResult = {
    id: 'arbiter.inputs',
    title: 'What the request names can be read',
    severity: 'MUST',
    result: 'FAIL',
    message: found.message,
    observed: {},
    waivers: [],
    evidence: [],
  };
  return {
    outcome: 'FAIL',
    specSha256: null,
    specId: null,
    riskTier: null,
    mode: null,
    policySha256: '',
    constitutionSha256: CONSTITUTION_SHA256,
    baseCommit: null,
    spec: null,
    clauses: [clause],
    violations: [found],
    budget: null,
    specSize: null,
    waiverWaitMs: null,
  };
};
