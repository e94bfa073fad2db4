import type { Finding, Violation } from './judgement.js';
import { failed, notApplicable, passed } from './judgement.js';
import type { EvidenceDigest, ResultQuestion } from './result-question.js';

const DIGEST = /^[0-9a-f]{64}$/;

/** What has no commit id is bound to the verdict by its digest: the result of a task without a workspace, and every evidence. */
export function evidenceFinding(question: ResultQuestion): Finding {
  const { workspace, resultSha256 = null, evidence = [] } = question;
  const violations: Violation[] = evidence.filter((each) => !DIGEST.test(each.sha256)).map(noDigest);
  if (!workspace && (resultSha256 === null || !DIGEST.test(resultSha256))) {
    const message = 'the task has no workspace and its result has no SHA-256';
    const repair = 'Report the lower-case hex SHA-256 of the result.';
    violations.push({ rule: 'arbiter.evidence.result_digest', path: '/result', message, repair });
  }
  const observed: Record<string, string> = { 'evidence.count': String(evidence.length) };
  if (resultSha256 !== null) observed['result.sha256'] = resultSha256;
  if (violations.length > 0)
    return failed(`${violations.length} digests are missing or malformed`, violations, observed);
  if (workspace && evidence.length === 0)
    return notApplicable('the commit id names the result; no evidence was handed in');
  return passed('every digest is well-formed', observed);
}

function noDigest(each: EvidenceDigest): Violation {
  return {
    rule: 'arbiter.evidence.digest',
    path: each.name,
    message: `evidence \`${each.name}\` has no well-formed SHA-256`,
    repair: 'Report its lower-case hex SHA-256.',
  };
}
