/**
 * Runs a command with the tests' stack: `tsx scripts/with-stack.ts PROGRAM ARG…`. The command finds KAFKA_BROKERS,
 * SCHEMA_REGISTRY_URL and DATABASE_URL set; a stack that this script started is stopped at the end. Exits as the command.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stackStatus, startStack, stopStack } from '../src/platform/stack/index.js';
import { TEST_STACK_FOLDER } from '../test/support/stack.js';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('usage: tsx scripts/with-stack.ts PROGRAM ARG…\n');
  process.exit(2);
}

const options = { folder: TEST_STACK_FOLDER };
const wasUp = (await stackStatus(options)).stack !== null;
let code = 2;
try {
  const { brokers, schemaRegistryUrl, databaseUrl } = await startStack(options);
  code = await run(program, args, {
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  if (!wasUp) await stopStack(options);
}
process.exit(code);

function run(file: string, argv: readonly string[], stack: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...argv], { stdio: 'inherit', env: { ...process.env, ...stack } });
    // The terminal sends its signals to the child as well; from elsewhere they are passed on. Either way we clean up.
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', (exit, signal) => {
      resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
