import { isRecord, parseJson } from './json.js';
import { STATEMENT_TYPE, VSA_TYPE } from './statement.js';

/** A verification summary as read: what this version knows, and every other field as it came. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name?: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: typeof VSA_TYPE;
  readonly predicate: Readonly<Record<string, unknown>> & { readonly verificationResult: string };
}

/** The statement in verified bytes, or what is wrong with it. Unknown fields are kept and ignored (in-toto parsing rules). */
export function readStatement(payload: Uint8Array): Statement | string {
  const value = parseJson(payload);
  if (!isRecord(value)) return 'statement: expected a JSON object in UTF-8';
  const { _type, predicateType, predicate, subject } = value;
  if (_type !== STATEMENT_TYPE) return `statement._type: expected ${STATEMENT_TYPE}`;
  if (predicateType !== VSA_TYPE) return `statement.predicateType: expected ${VSA_TYPE}`;
  if (!Array.isArray(subject) || subject.length === 0)
    return 'statement.subject: expected at least one element';
  for (const [at, one] of (subject as readonly unknown[]).entries()) {
    if (!isSubject(one))
      return `statement.subject[${at}]: expected {name?, digest: {algorithm: lower-case hex}}`;
  }
  if (!isRecord(predicate) || typeof predicate['verificationResult'] !== 'string') {
    return 'statement.predicate.verificationResult: expected a string';
  }
  return value as unknown as Statement;
}

function isSubject(one: unknown): boolean {
  if (!isRecord(one) || !isRecord(one['digest'])) return false;
  if (one['name'] !== undefined && typeof one['name'] !== 'string') return false;
  const digests = Object.values(one['digest']);
  return digests.length > 0 && digests.every((hex) => typeof hex === 'string' && /^[0-9a-f]+$/.test(hex));
}
