import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import type { Diagnostic } from '../../caws/index.js';
import { CliError } from '../failure.js';
import { readBounded } from '../read-input.js';

/** A file as text, or why its bytes are no document at all. What cannot be read throws. */
export type DocumentText =
  { readonly text: string } | { readonly refused: Diagnostic & { line: number; column: number } };

/** Reads a spec or a policy (`-`: stdin), never more than `most` bytes. `limits` is the prefix of the rule ids. */
export const readDocument = async (
  file: string,
  what: 'spec' | 'policy',
  most: number,
): Promise<DocumentText> => {
  const limits = `arbiter.${what}`;
  try {
    const bytes = await readBounded(file, most, what);
    if (isUtf8(bytes)) return { text: bytes.toString('utf8') };
    const message = `the ${what} is not UTF-8`;
    return { refused: refusal(`${limits}.not_utf8`, message, 'Save it as UTF-8, without a BOM of UTF-16.') };
  } catch (error) {
    if (!(error instanceof CliError) || error.failure.code !== 'TOO_LARGE') throw error;
    const size = file === '-' ? undefined : (await stat(file).catch(() => undefined))?.size;
    const message = `the ${what} is ${size === undefined ? 'longer than' : `${size} bytes; at most`} ${most} bytes${size === undefined ? '' : ' are read'}`;
    return {
      refused: refusal(
        `${limits}.too_large`,
        message,
        `Shorten the ${what} to ${most} bytes or split the work.`,
      ),
    };
  }
};

const refusal = (rule: string, message: string, narrowRepair: string) => ({
  rule,
  severity: 'error' as const,
  message,
  pointer: '/',
  line: 1,
  column: 1,
  narrowRepair,
});
