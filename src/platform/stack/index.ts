/**
 * The local stack: a real Kafka, a real schema registry and a real PostgreSQL for one project on one machine.
 * Up, down, status; used by the CLI, the demo and the tests.
 */
export { StackError } from './errors.js';
export type { StackErrorCode } from './errors.js';
export { stateFolder } from './folder.js';
export type { KafkaSecurity } from './kafka-security.js';
export { externalParts } from './settings.js';
export { startStack } from './start.js';
export { stackStatus } from './status.js';
export { stopStack } from './stop.js';
export type {
  Origin,
  PartCondition,
  PartName,
  Stack,
  StackOptions,
  StackPart,
  StackStatus,
} from './types.js';
