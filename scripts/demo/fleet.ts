import path from 'node:path';
import { detectSandbox } from '../../src/runners/sandbox.js';
import type { CleanUp } from './clean-up.js';
import type { Cli } from './cli.js';
import { EXAMPLES } from './places.js';
import { AGENTS, type DemoAgent } from './plan.js';

const SLOTS = 4;
const AGENT_FOLDER = path.join(EXAMPLES, 'agents');

/** How the agents' programs are kept apart from this machine, in words, and the options for it. */
export const sandboxing = async (): Promise<{
  readonly says: string;
  readonly options: readonly string[];
}> => {
  const support = await detectSandbox();
  if (support.available && support.networkIsolation) {
    return { says: 'each in a bubblewrap sandbox, without a network', options: [] };
  }
  const why = support.available ? 'network namespaces are not permitted here' : support.reason;
  return {
    says: `WITHOUT a sandbox (${why}): they may do all that you may, and could read Arbiter's keys`,
    options: ['--no-sandbox'],
  };
};

export const registerAgents = async (cli: Cli): Promise<void> => {
  for (const { name, capabilities, says } of AGENTS) {
    const able = capabilities.flatMap((word) => ['--capability', word]);
    await cli.run(['agents', 'add', name, ...able, '--concurrency', String(SLOTS), '--display-name', says]);
  }
};

/** Starts the worker of an agent: from now on it shows itself and takes offers. */
export const startWorker = async (
  cli: Cli,
  { name, program }: DemoAgent,
  sandbox: readonly string[],
  cleanUp: CleanUp,
): Promise<void> => {
  const worker = await cli.start(`worker-${name}`, [
    ...[
      'worker',
      '--json',
      '--agent',
      name,
      '--concurrency',
      String(SLOTS),
      '--task-timeout',
      '30s',
      '--grace',
      '2s',
    ],
    ...[...sandbox, '--read-only', AGENT_FOLDER, '--', path.join(AGENT_FOLDER, program)],
  ]);
  cleanUp.add(`the worker of ${name}`, () => worker.stop());
};
