import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CliError, misuse } from './failure.js';

/** A file, or stdin for `-`; never more than `most` bytes (law 13). */
export const readBounded = async (file: string, most: number, what: string): Promise<Buffer> => {
  if (file !== '-') await requireFile(file, what);
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > most) {
        throw misuse(
          `the ${what} of at most ${most} bytes`,
          `more in ${nameOf(file)}`,
          'name another file',
          'TOO_LARGE',
        );
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw misuse(
      `a readable ${what}`,
      `${nameOf(file)}: ${(error as Error).message}`,
      'check the path',
      'UNREADABLE',
    );
  } finally {
    stream.destroy();
  }
  return Buffer.concat(pieces);
};

const nameOf = (file: string): string => (file === '-' ? 'stdin' : file);

const requireFile = async (file: string, what: string): Promise<void> => {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    throw misuse(`the ${what} at ${file}`, 'no such file', 'check the path', 'NO_SUCH_FILE');
  if (found.isDirectory())
    throw misuse(`the ${what} at ${file}`, 'a folder', 'name the file in it', 'NOT_A_FILE');
};
