import type { Measure } from '../declared/order.js';
import { reading, type Read } from '../problem.js';
import { readAttestation } from './attestation.js';
import { readCobertura } from './cobertura.js';
import { readIstanbul } from './istanbul.js';
import { readJunit } from './junit.js';
import { readLcov } from './lcov.js';
import type { Measurement } from './measurement.js';
import { readSarif } from './sarif.js';
import { readStryker } from './stryker.js';
import { readTap } from './tap.js';

/**
 * Reads evidence of any format into one shape. Never throws and never takes long: the bytes are a stranger's.
 * @param signed for attestations: the gate they must be of, and the trusted public keys in PEM
 */
export function readEvidence(
  { kind, format }: Pick<Measure, 'kind' | 'format'>,
  bytes: Uint8Array,
  signed: { readonly gate: string; readonly keys: readonly string[] } = { gate: '', keys: [] },
): Read<Measurement> {
  return reading<Measurement>(format, () => {
    switch (format) {
      case 'lcov':
        return readLcov(bytes);
      case 'cobertura':
        return readCobertura(bytes);
      case 'istanbul':
        return readIstanbul(bytes);
      case 'junit':
        return readJunit(bytes, kind);
      case 'tap':
        return readTap(bytes);
      case 'stryker':
        return readStryker(bytes);
      case 'sarif':
        return readSarif(bytes, kind);
      case 'attestation':
        return readAttestation(bytes, kind, signed.gate, signed.keys);
      default:
        throw new Error(`${format} is made by Arbiter, not read`);
    }
  });
}
