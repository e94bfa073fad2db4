import type { Command } from 'commander';
import { act, addCommand, type JsonOption } from '../command.js';

export interface DoctorOptions extends JsonOption {
  readonly deep?: boolean;
}

/** Looks for what is wrong, and says how to repair it. */
export const addDoctor = (program: Command): void => {
  addCommand(program, {
    usage: 'doctor',
    summary: 'check stack, topics, schemas, keys, views, logs and tools; exits 1 when something is wrong',
    examples: [
      'arbiter doctor',
      'arbiter doctor --deep',
      'arbiter doctor --json | jq ".checks[] | select(.status != \\"ok\\")"',
    ],
  })
    .option('--deep', 'read the owned logs whole: acceptance and the chain of hashes of every partition')
    .action(
      act(async (options: DoctorOptions) => {
        const { runDoctor } = await import('../doctor/run-doctor.js');
        return runDoctor(options);
      }),
    );
};
