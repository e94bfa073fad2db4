import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAgents } from './commands/agents/index.js';
import { addDeadLetters } from './commands/dead-letters.js';
import { addDoctor } from './commands/doctor.js';
import { addDown } from './commands/down.js';
import { addEvents } from './commands/events.js';
import { addGates } from './commands/gates.js';
import { addOverrides } from './commands/overrides.js';
import { addPrincipals } from './commands/principals.js';
import { addProjections } from './commands/projections.js';
import { addRoute } from './commands/route.js';
import { addRun } from './commands/run.js';
import { addSchemas } from './commands/schemas.js';
import { addSpec } from './commands/spec.js';
import { addStatus } from './commands/status.js';
import { addSubmit } from './commands/submit.js';
import { addTasks } from './commands/tasks.js';
import { addUp } from './commands/up.js';
import { addVerdicts } from './commands/verdicts.js';
import { addVerify } from './commands/verify.js';
import { addWaivers } from './commands/waivers/index.js';
import { addWorker } from './commands/worker.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EPILOGUE = `
Exit codes: 0 done; 1 the answer is no; 2 misuse or failure.
Environment: ARBITER_HOME (state folder, default .arbiter), ARBITER_CONFIG (settings of run), ARBITER_LOG_LEVEL,
KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL (instead of the local stack), NO_COLOR, ARBITER_DEBUG (stack traces).

First steps:
  $ arbiter up                                     the local stack
  $ arbiter run                                    Arbiter itself
  $ arbiter agents add me --capability code        an agent
  $ arbiter worker --agent me -- ./agent.sh        and one that works for it
  $ arbiter submit spec.yaml --repo . --wait       a task`;

/**
 * The whole command line. Heavy modules are loaded by the command that needs them.
 * @param writeErr where misuse is told; default: stderr
 */
export const createProgram = (writeErr?: (text: string) => void): Command => {
  const program = new Command('arbiter')
    .description('The control plane for fleets of coding agents: spec in, signed verdict out.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .exitOverride()
    .configureOutput(writeErr === undefined ? {} : { writeErr })
    .enablePositionalOptions()
    .showHelpAfterError('(see: --help)')
    .showSuggestionAfterError()
    .addHelpText('after', EPILOGUE);
  for (const add of COMMANDS) add(program);
  return program;
};

const COMMANDS: readonly ((program: Command) => void)[] = [
  addUp,
  addDown,
  addStatus,
  addDoctor,
  addRun,
  addAgents,
  addWorker,
  addRoute,
  addSubmit,
  addGates,
  addTasks,
  addWaivers,
  addOverrides,
  addPrincipals,
  addVerdicts,
  addVerify,
  addProjections,
  addEvents,
  addDeadLetters,
  addSchemas,
  addSpec,
];
