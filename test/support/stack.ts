import { fileURLToPath } from 'node:url';
import { startStack } from '../../src/platform/stack/index.js';

/** What a test needs to know of the stack. */
export interface TestStack {
  readonly brokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
}

/** The state folder of the one stack that all tests share. */
export const TEST_STACK_FOLDER = fileURLToPath(new URL('../../.arbiter/test', import.meta.url));

let stack: Promise<TestStack> | undefined;

/**
 * The real Kafka, registry and PostgreSQL for integration tests: those of KAFKA_BROKERS, SCHEMA_REGISTRY_URL and
 * DATABASE_URL where all three are set, else one stack shared by all files and all mocha processes. It stays up for the
 * next run; `scripts/with-stack.ts` runs a command with it and stops it. It is shared, so use names of your own.
 */
export function testStack(): Promise<TestStack> {
  return (stack ??= find());
}

async function find(): Promise<TestStack> {
  const brokers = process.env['KAFKA_BROKERS'];
  const schemaRegistryUrl = process.env['SCHEMA_REGISTRY_URL'];
  const databaseUrl = process.env['DATABASE_URL'];
  if (brokers && schemaRegistryUrl && databaseUrl) return { brokers, schemaRegistryUrl, databaseUrl };
  return startStack({ folder: TEST_STACK_FOLDER, quiet: true });
}
