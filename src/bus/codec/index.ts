/**
 * Records ⇄ bytes: Avro in Confluent wire format, with the schema's fingerprint in a header so that the log is readable
 * without the registry (law 12).
 */
export { cloudEventHeaders } from './cloud-events.js';
export {
  createCodec,
  type Codec,
  type CodecOptions,
  type Decoded,
  type DecodedEvent,
  type DecodedUnknown,
  type EventTopic,
  type Undecodable,
} from './codec.js';
export { MAX_RECORD_BYTES, type Encoded } from './encode.js';
export { CodecError, type CodecErrorCode, type CodecErrorDetails, type UndecodableCode } from './errors.js';
export { memorySchemaSource, type KnownSchema, type SchemaSource, type SeenSchemas } from './source.js';
export {
  fingerprint,
  FINGERPRINT_HEADER,
  fingerprintOf,
  recordHash,
  schemaId,
  type WireRecord,
} from './wire.js';
export {
  checkSchemas,
  registerSchemas,
  type RegistrationOptions,
  type RegistrationReport,
  type SchemaCheck,
} from './register.js';
export { ensureSchemas, restoreSchemas, type RestoreReport } from './restore.js';
export { connectRegistry, type Registry, type RegistryOptions } from './registry.js';
export { registrySource } from './registry-source.js';
export {
  followSchemaLog,
  loadSchemaLog,
  SchemaLog,
  type FollowedSchemaLog,
  type LoggedSchema,
} from './schema-log.js';
