/**
 * Signed verdicts: an in-toto Statement v1 with a SLSA verification summary, in a DSSE envelope, signed with ECDSA P-256. Pure:
 * bytes in, bytes out, nothing but node:crypto, so that an outsider can verify with this folder alone (or with openssl).
 */
export { envelopeBytes, envelopeFrom, IN_TOTO, pae, sign, type Envelope, type RawEnvelope } from './dsse.js';
export { generateKeyPair, keyId, loadSigningKey, type SigningKey } from './keys.js';
export type { Clause, ClauseResult, Digested, Json, Severity, VerdictInput, Waiver } from './input.js';
export {
  EXTENSION,
  MOST_STATEMENT_BYTES,
  STATEMENT_TYPE,
  VERIFIER_ID,
  verdictStatement,
  VSA_TYPE,
} from './statement.js';
export {
  MOST_ENVELOPE_BYTES,
  passesDigest,
  verifyEnvelope,
  type Refusal,
  type Verification,
} from './verify.js';
export { sigstoreBundle, type SigstoreBundle } from './bundle.js';
export { VerdictError } from './errors.js';
export type { Statement } from './read.js';
