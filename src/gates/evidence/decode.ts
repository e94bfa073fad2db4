import { stop } from '../problem.js';
import { EVIDENCE_LIMITS } from './limits.js';

/** Bytes as text: bounded, and UTF-8 without guessing. */
export function decode(bytes: Uint8Array, format: string): string {
  if (bytes.length > EVIDENCE_LIMITS.bytes) {
    stop(
      'too_large',
      `the ${format} report has ${bytes.length} bytes; at most ${EVIDENCE_LIMITS.bytes} are read`,
      'Let the tool report less, or split the gate.',
    );
  }
  if (bytes.length === 0)
    stop('empty', `the ${format} report is an empty file`, 'Let the command write its report.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return stop('encoding', `the ${format} report is not UTF-8`, 'Let the tool write UTF-8.');
  }
}
