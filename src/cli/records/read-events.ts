import { partitionFor } from '../../bus/partition.js';
import type { LogRecord } from '../../bus/port.js';
import { OWNED_TOPICS, TOPICS, type TopicName } from '../../events/topics.js';
import { accept, NOTHING_ACCEPTED, type Acceptance } from '../../log/acceptance.js';
import type { Decoded } from '../../log/codec.js';
import { LogBroken } from '../../log/errors.js';
import { stampOf } from '../../log/stamp.js';
import { TASK_ID } from '../../producers/index.js';
import { SHARED_TOPICS } from '../../platform/topics.js';
import type { EventsOptions } from '../commands/events.js';
import { DONE, misuse } from '../failure.js';
import { json, mood, moment, paint, plainData, print, printable } from '../output.js';
import { withSession, type Session } from '../session.js';
import { untilInterrupted } from '../signals.js';

const POLL_MS = 200;
const OWNED: ReadonlySet<string> = new Set(OWNED_TOPICS);
const SHARED: ReadonlySet<string> = new Set(SHARED_TOPICS);

/** One partition as it is read: a position with its acceptance. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  position: number;
  acceptance: Acceptance;
  /** Records below it are folded, and not shown. */
  readonly showFrom: number;
}

type Status = 'accepted' | 'rejected' | 'undecodable' | 'record';

/** Prints the records of topics in order of partition and offset; with `follow`, what comes until interrupted. */
export const readEvents = (
  names: readonly string[],
  options: EventsOptions,
  follow: boolean,
): Promise<number> => {
  const topics = [...new Set(names.map(topicNamed))];
  if (options.task !== undefined && !TASK_ID.test(options.task))
    throw misuse(`a task id, ${String(TASK_ID)}`, options.task, 'correct --task', 'BAD_TASK_ID');
  return withSession(async (session) => {
    const lanes = (await Promise.all(topics.map((topic) => lanesOf(session, topic, options)))).flat();
    const stop = new AbortController();
    if (follow) void untilInterrupted().then(() => stop.abort());
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    do {
      for (const lane of lanes) {
        for await (const shown of advance(session, lane, options)) {
          if (shown) left--;
          if (left <= 0 || stop.signal.aborted) return DONE;
        }
      }
      if (follow) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } while (follow && !stop.signal.aborted);
    return DONE;
  });
};

const topicNamed = (name: string): TopicName => {
  const known = Object.values(TOPICS);
  const found = known.find((topic) => topic === name || topic === `arbiter.${name}`);
  if (found !== undefined) return found;
  throw misuse(`a topic out of ${known.join(', ')}`, name.slice(0, 100), 'correct the name', 'UNKNOWN_TOPIC');
};

const lanesOf = async (
  { connection: { bus }, queries }: Session,
  topic: TopicName,
  { task, fromBeginning }: EventsOptions,
): Promise<readonly Lane[]> => {
  const [begins, ends] = await Promise.all([bus.admin.beginOffsets(topic), bus.admin.endOffsets(topic)]);
  // A position in an owned log is none without its acceptance: that of the views, or the beginning (law 3).
  const cursors = fromBeginning === true || !OWNED.has(topic) ? [] : await queries.cursors(topic);
  const only = task !== undefined && SHARED.has(topic) ? partitionFor(task, ends.length) : undefined;
  return ends.flatMap((end, partition) => {
    if (only !== undefined && only !== partition) return [];
    const begin = { position: begins[partition] ?? 0, acceptance: NOTHING_ACCEPTED };
    const from =
      fromBeginning === true
        ? begin
        : OWNED.has(topic)
          ? (cursors[partition] ?? begin)
          : { ...begin, position: end };
    return [{ topic, partition, ...from, showFrom: fromBeginning === true ? 0 : end }];
  });
};

/** Reads a lane to its end as of now; yields whether a record was printed. */
async function* advance(session: Session, lane: Lane, options: EventsOptions): AsyncGenerator<boolean> {
  const { bus, logCodec } = session.connection;
  for await (const { records, position } of bus.readRange(lane, lane.position)) {
    for (const record of records) {
      const decoded = options.raw === true ? undefined : await logCodec.decode(record);
      const status = decoded === undefined ? 'record' : statusOf(lane, record, decoded);
      const wanted = status !== 'rejected' || options.all === true;
      const shown = wanted && record.offset >= lane.showFrom && isAbout(options.task, record, decoded);
      if (shown) show(record, decoded, status, options);
      yield shown;
    }
    lane.position = position;
  }
}

const statusOf = (lane: Lane, record: LogRecord, decoded: Decoded): Status => {
  if (!OWNED.has(lane.topic)) return decoded.kind === 'undecodable' ? 'undecodable' : 'record';
  const stamp = stampOf(decoded);
  if (stamp === undefined) return 'rejected';
  const result = accept(lane.acceptance, stamp, record.offset);
  if (result.kind === 'broken') throw new LogBroken('LOG_BROKEN', lane.topic, lane.partition, result.message);
  if (result.kind === 'rejected') return 'rejected';
  lane.acceptance = result.next;
  return 'accepted';
};

interface AboutTask {
  readonly taskId?: unknown;
  readonly meta?: { readonly taskId?: unknown };
}

const isAbout = (task: string | undefined, record: LogRecord, decoded: Decoded | undefined): boolean => {
  if (task === undefined) return true;
  if (decoded?.kind !== 'event') return record.key?.toString('utf8') === task;
  const { taskId, meta } = decoded.record as AboutTask;
  return (taskId ?? meta?.taskId ?? record.key?.toString('utf8')) === task;
};

const show = (
  record: LogRecord,
  decoded: Decoded | undefined,
  status: Status,
  options: EventsOptions,
): void => {
  const { topic, partition, offset, timestamp } = record;
  const place = { topic, partition, offset, timestamp: new Date(timestamp).toISOString() };
  if (decoded === undefined) {
    const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
    const headers = Object.fromEntries(
      Object.entries(record.headers).map(([name, value]) => [name, base64(value)]),
    );
    const raw = { ...place, key: base64(record.key), value: base64(record.value), headers };
    if (options.json === true) json(raw);
    else print(JSON.stringify(raw));
    return;
  }
  const body = contentOf(decoded);
  if (options.json === true) json({ ...place, status, ...body });
  else {
    const { type, ...rest } = body;
    const when = moment(timestamp * 1000);
    const what = status === 'record' || status === 'accepted' ? '' : `  ${mood('warning')} ${status}`;
    print(
      `${paint('dim', `${when}  ${topic}/${partition}@${offset}`)}  ${printable(String(type))}${what}  ${printable(JSON.stringify(plainData(rest['record'] ?? rest)))}`,
    );
  }
};

const contentOf = (decoded: Decoded): Readonly<Record<string, unknown>> => {
  if (decoded.kind === 'event') return { type: decoded.name, record: decoded.record };
  if (decoded.kind === 'unknown') return { type: decoded.fullName, record: null, meta: decoded.head };
  return { type: decoded.code, record: null, message: decoded.message };
};
