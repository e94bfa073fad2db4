import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Cli } from './cli.js';
import { EXAMPLES } from './places.js';

/** A final verdict as `arbiter verify` found it. */
export interface Checked {
  readonly taskId: string;
  /** The signature holds, the phase is FINAL, and the verdict says what became of the task. */
  readonly verified: boolean;
  readonly result: string;
  /** The envelope, byte for byte. */
  readonly file: string;
}

interface Verification {
  readonly verified: boolean;
  readonly result: string;
  readonly phase: string;
  readonly refused: readonly string[];
}

/** Gets the final verdict of a task and checks it offline with `arbiter verify`. */
export const verifyFinal = async (
  cli: Cli,
  folder: string,
  publicKey: string,
  task: { readonly taskId: string; readonly state: string; readonly commit: string | null },
): Promise<Checked> => {
  const { stdout } = await cli.run(['verdicts', 'get', task.taskId, '--phase', 'final']);
  const file = path.join(folder, `${task.taskId}.dsse.json`);
  writeFileSync(file, stdout);
  const completed = task.state === 'completed';
  // A FAILED verdict is verified as well: that it says so is the point.
  const wanted = completed ? ['--subject', `gitCommit:${task.commit ?? ''}`] : ['--signature-only'];
  const args = ['verify', file, '--key', publicKey, '--phase', 'final', ...wanted];
  const [found] = await cli.json<Verification>(args, { codes: [0, 1] });
  const result = found?.result ?? 'nothing';
  const verified =
    found?.verified === true && found.refused.length === 0 && result === (completed ? 'PASSED' : 'FAILED');
  return { taskId: task.taskId, verified, result, file };
};

/** What openssl alone says about a verdict; undefined where there is no openssl. */
export const verifyWithOpenssl = async (file: string, publicKey: string): Promise<boolean | undefined> => {
  const there = await execa('openssl', ['version'], { reject: false, stdin: 'ignore' });
  if (there.failed) return undefined;
  const script = path.join(EXAMPLES, 'verify-with-openssl.sh');
  const ran = await execa('sh', [script, file, publicKey], { reject: false, stdin: 'ignore' });
  return ran.exitCode === 0 && ran.stdout.includes('Verified OK');
};
