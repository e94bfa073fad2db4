/** Kafka's error codes and kafkajs' errors as the port's `BusError`s. Codes: Kafka protocol guide, "Error Codes". */
import { BusError, type BusErrorCode } from '../port.js';
import { createErrorFromCode } from './kafkajs-protocol.js';

export const ErrorCode = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  MESSAGE_TOO_LARGE: 10,
  INVALID_TOPIC: 17,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  TOPIC_AUTHORIZATION_FAILED: 29,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  POLICY_VIOLATION: 44,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  INVALID_RECORD: 87,
} as const;

const refusals: ReadonlyMap<number, BusErrorCode> = new Map<number, BusErrorCode>([
  [ErrorCode.CORRUPT_MESSAGE, 'INVALID_RECORD'],
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'UNKNOWN_TOPIC'],
  [ErrorCode.MESSAGE_TOO_LARGE, 'TOO_LARGE'],
  [ErrorCode.INVALID_TOPIC, 'UNKNOWN_TOPIC'],
  [ErrorCode.RECORD_LIST_TOO_LARGE, 'TOO_LARGE'],
  [ErrorCode.NOT_ENOUGH_REPLICAS, 'BROKER'],
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'NOT_AUTHORISED'],
  [ErrorCode.INVALID_TIMESTAMP, 'INVALID_RECORD'],
  [ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'INVALID_RECORD'],
  [ErrorCode.POLICY_VIOLATION, 'INVALID_RECORD'],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 'INVALID_RECORD'],
  [ErrorCode.INVALID_RECORD, 'INVALID_RECORD'],
]);

const transient: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_ENOUGH_REPLICAS,
]);

/**
 * The code of a broker's answer that proves the records were not appended; `undefined` for every other error.
 * NOT_LEADER_OR_FOLLOWER is not among them: with `acks=all` a leader that is replaced while it waits for its followers
 * answers so *after* it has appended, and the new leader may have the records. The same goes for REQUEST_TIMED_OUT,
 * NOT_ENOUGH_REPLICAS_AFTER_APPEND, KAFKA_STORAGE_ERROR and UNKNOWN.
 */
export const refusalOf = (code: number): BusErrorCode | undefined => refusals.get(code);

/** A broker's error code as an error; `where` says what was asked. */
export const brokerError = (code: number, where: string): BusError => {
  const known = createErrorFromCode(code);
  const kind = refusals.get(code) ?? 'BROKER';
  const retriable = kind === 'BROKER' ? known.retriable : transient.has(code);
  return new BusError(
    kind,
    `${where}: the broker answered ${known.type} (${code}): ${known.message}`,
    retriable,
  );
};

interface KafkaJsError {
  readonly name: string;
  readonly message: string;
  readonly type?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
}

const isKafkaJsError = (error: unknown): error is KafkaJsError =>
  error instanceof Error && error.name.startsWith('KafkaJS');

/** The innermost kafkajs error: its retrier wraps the one that matters. */
export const rootOf = (error: unknown): unknown => {
  let at = error;
  for (let depth = 0; depth < 5; depth++) {
    if (!isKafkaJsError(at)) return at;
    if (at.type !== undefined || !isKafkaJsError(at.cause)) return at;
    at = at.cause;
  }
  return at;
};

/** Kafka's error type, such as `ILLEGAL_GENERATION`, if the error came from a broker. */
export const brokerErrorType = (error: unknown): string | undefined => {
  const root = rootOf(error);
  return isKafkaJsError(root) ? root.type : undefined;
};

const NOT_AUTHORISED =
  /AUTHORIZATION_FAILED|SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL_MECHANISM|SECURITY_DISABLED/;

/**
 * A plain error, not one of kafkajs' own, is thrown where a request meets a broker object whose connection has gone
 * meanwhile: nothing was sent. Taken for final, it would halt an owner for good over a broker that was restarted.
 */
const isDisconnected = (error: unknown): boolean =>
  error instanceof Error && error.name === 'Error' && error.message === 'Broker not connected';

/** Anything thrown by kafkajs as a `BusError`. */
export const toBusError = (error: unknown, where: string): BusError => {
  if (error instanceof BusError) return error;
  const root = rootOf(error);
  const message = root instanceof Error ? root.message : String(root);
  const make = (code: BusErrorCode, retriable: boolean): BusError =>
    new BusError(code, `${where}: ${message}`, retriable, { cause: root });
  if (isDisconnected(root)) return make('UNREACHABLE', true);
  if (!isKafkaJsError(root)) return make('BROKER', false);
  if (root.name === 'KafkaJSRequestTimeoutError' || root.name === 'KafkaJSLockTimeout')
    return make('TIMEOUT', true);
  if (root.name === 'KafkaJSSASLAuthenticationError') return make('NOT_AUTHORISED', false);
  if (root.type !== undefined) {
    if (NOT_AUTHORISED.test(root.type)) return make('NOT_AUTHORISED', false);
    if (root.type === 'UNKNOWN_TOPIC_OR_PARTITION' || root.type === 'INVALID_TOPIC_EXCEPTION') {
      return make('UNKNOWN_TOPIC', root.type === 'UNKNOWN_TOPIC_OR_PARTITION');
    }
    return make('BROKER', createErrorFromCode(Number(root.code)).retriable);
  }
  if (/Connection|BrokerNotFound|MetadataNotLoaded|NoBroker|GroupCoordinatorNotFound/.test(root.name)) {
    return make('UNREACHABLE', true);
  }
  return make('BROKER', false);
};
