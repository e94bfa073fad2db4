import type { Envelope } from './dsse.js';

/** A Sigstore bundle v0.3 around a DSSE envelope: what current cosign and sigstore-js read. */
export interface SigstoreBundle {
  readonly mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json';
  readonly verificationMaterial: {
    readonly publicKey: { readonly hint: string };
    readonly tlogEntries: readonly never[];
  };
  readonly dsseEnvelope: Envelope;
}

/**
 * The bundle of an envelope. A bundle holds exactly one signature: the first is taken, its keyid is the hint by which the
 * verifier looks up a key it already trusts.
 * @returns undefined when the envelope has no signature
 */
export function sigstoreBundle(envelope: Envelope): SigstoreBundle | undefined {
  const first = envelope.signatures[0];
  if (first === undefined) return undefined;
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: first.keyid }, tlogEntries: [] },
    dsseEnvelope: { ...envelope, signatures: [first] },
  };
}
