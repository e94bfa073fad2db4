/**
 * The append of law 4: one Produce request, sent at most once, its outcome a value. kafkajs' public producer is not used,
 * because its retrier and its metadata refresh stand between us and the request; here one call is one request.
 */
import type { Appender, AppendOutcome, OutgoingRecord, TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import { brokerError, ErrorCode, refusalOf, toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutConnections } from './connection.js';
import type { KafkaBroker, KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';
import { sizeOf } from '../record-size.js';
import { produceTo } from './produce.js';

/** Above this a broker cuts the connection instead of refusing (`socket.request.max.bytes` is 100 MiB). */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

class KafkaAppender implements Appender {
  readonly #cluster: KafkaCluster;
  readonly #broker: KafkaBroker;
  readonly #at: TopicPartition;
  readonly #timeoutMs: number;
  #abandon: ((outcome: AppendOutcome) => void) | undefined;
  #spoilt: BusError | undefined;

  constructor(cluster: KafkaCluster, broker: KafkaBroker, at: TopicPartition, timeoutMs: number) {
    this.#cluster = cluster;
    this.#broker = broker;
    this.#at = at;
    this.#timeoutMs = timeoutMs;
  }

  async append(records: readonly OutgoingRecord[]): Promise<AppendOutcome> {
    const where = `append to ${this.#at.topic}-${this.#at.partition}`;
    if (this.#spoilt !== undefined) return { kind: 'refused', error: this.#spoilt };
    if (this.#abandon !== undefined) {
      return {
        kind: 'refused',
        error: new BusError(
          'BROKER',
          `${where}: another append is in flight; an owner has one at a time (law 4)`,
          true,
        ),
      };
    }
    if (records.length === 0)
      return { kind: 'refused', error: new BusError('INVALID_RECORD', `${where}: no records`, false) };
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    if (bytes > MAX_REQUEST_BYTES) {
      return {
        kind: 'refused',
        error: new BusError('TOO_LARGE', `${where}: ${bytes} bytes, at most ${MAX_REQUEST_BYTES}`, false),
      };
    }
    const outcome = await new Promise<AppendOutcome>((resolve) => {
      this.#abandon = resolve;
      void this.#send(records, where).then(resolve);
    });
    this.#abandon = undefined;
    if (outcome.kind === 'doubtful') {
      this.#spoilt = new BusError(
        'CLOSED',
        `${where}: an earlier append is in doubt; claim anew with a new appender (law 4)`,
        false,
      );
      void cutConnections(this.#cluster);
    }
    return outcome;
  }

  async #send(records: readonly OutgoingRecord[], where: string): Promise<AppendOutcome> {
    try {
      const [answer] = await produceTo(this.#broker, [{ ...this.#at, records }], this.#timeoutMs);
      if (answer === undefined)
        return {
          kind: 'doubtful',
          error: new BusError('BROKER', `${where}: the answer names no partition`, true),
        };
      if (answer.errorCode === ErrorCode.NONE) return { kind: 'appended', baseOffset: answer.baseOffset };
      const error = brokerError(answer.errorCode, where);
      return { kind: refusalOf(answer.errorCode) === undefined ? 'doubtful' : 'refused', error };
    } catch (error) {
      return { kind: 'doubtful', error: toBusError(error, where) };
    }
  }

  async close(): Promise<void> {
    const where = `append to ${this.#at.topic}-${this.#at.partition}`;
    this.#spoilt ??= new BusError('CLOSED', `${where}: the appender is closed`, false);
    this.#abandon?.({
      kind: 'doubtful',
      error: new BusError('CLOSED', `${where}: closed while in flight`, false),
    });
    await cutConnections(this.#cluster);
  }
}

/**
 * Connects to the partition's leader. Rejects with `UNKNOWN_TOPIC`, `UNREACHABLE`, `NOT_AUTHORISED`, `TIMEOUT`.
 * A leader that moves away makes the next append doubtful; the appender opened after that finds the new one.
 */
export const openKafkaAppender = async (options: KafkaBusOptions, at: TopicPartition): Promise<Appender> => {
  const timeoutMs = options.requestTimeoutMs ?? 10_000;
  // The broker gives up first, so that its answer and not our impatience is what we hear.
  const cluster = createCluster(options, timeoutMs + 1_000);
  try {
    const broker = await new Leaders(cluster).brokerOf(at);
    return new KafkaAppender(cluster, broker, at, timeoutMs);
  } catch (error) {
    await cutConnections(cluster);
    throw toBusError(error, `opening an appender for ${at.topic}-${at.partition}`);
  }
};
