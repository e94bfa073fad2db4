import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/**
 * Asks a broker in Kafka's own protocol, without a client library: `ApiVersions` (18) for its release, `Metadata` (3) for
 * the cluster. A KRaft broker answers only when the controller has let it in, so an answer means that
 * topics can be made. https://kafka.apache.org/protocol: requests v3 and v1, which every broker since 2.4 understands.
 */
export interface BrokerAnswer {
  readonly brokers: number;
  readonly controllerId: number;
}

const ANSWER_LIMIT = 1024 * 1024;

/** Rejects when the broker does not answer within the time. */
export async function probeBroker(host: string, port: number, timeoutMs: number): Promise<BrokerAnswer> {
  const [metadata] = await exchange(
    connect({ host, port }),
    `${host}:${port}`,
    timeoutMs,
    metadataRequest(1),
  );
  if (metadata === undefined) throw new Error('no answer');
  return parseMetadata(metadata);
}

/** Highest level of the feature `metadata.version` that the broker can do; it tells the release (`releaseOf`). */
export async function probeRelease(
  host: string,
  port: number,
  timeoutMs: number,
  tls: boolean | ConnectionOptions = false,
): Promise<number | undefined> {
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket =
    tls === false
      ? connect({ host, port })
      : connectTls({ host, port, ...named, ...(tls === true ? {} : tls) });
  const [versions] = await exchange(socket, `${host}:${port}`, timeoutMs, apiVersionsRequest(1));
  if (versions === undefined) throw new Error('no answer');
  return metadataLevelOf(versions);
}

function exchange(
  socket: Socket,
  place: string,
  timeoutMs: number,
  ...requests: readonly Buffer[]
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const fail = (why: string): void => {
      finish(() => {
        reject(new Error(why));
      });
    };
    const timer = setTimeout(() => {
      fail(`no answer from ${place} within ${timeoutMs} ms`);
    }, timeoutMs);
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(Buffer.concat(requests)));
    socket.on('error', (error) => {
      fail(error.message);
    });
    socket.on('close', () => {
      fail('connection closed');
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > ANSWER_LIMIT) fail('answer too large');
      const frames = framesOf(received);
      if (frames.length === requests.length) {
        finish(() => {
          resolve(frames);
        });
      }
    });
  });
}

function framesOf(buffer: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (at + 4 <= buffer.length) {
    const size = buffer.readInt32BE(at);
    if (size < 4 || at + 4 + size > buffer.length) break;
    // The correlation id, which comes first, is the order of the requests.
    frames.push(buffer.subarray(at + 8, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}

const CLIENT = Buffer.from('arbiter-probe');

function frame(
  apiKey: number,
  version: number,
  correlation: number,
  body: readonly number[],
  flexible: boolean,
): Buffer {
  const head = Buffer.alloc(10);
  head.writeInt16BE(apiKey, 0);
  head.writeInt16BE(version, 2);
  head.writeInt32BE(correlation, 4);
  head.writeInt16BE(CLIENT.length, 8);
  const rest = Buffer.from(flexible ? [0, ...body] : body);
  const size = Buffer.alloc(4);
  size.writeInt32BE(head.length + CLIENT.length + rest.length);
  return Buffer.concat([size, head, CLIENT, rest]);
}

function apiVersionsRequest(correlation: number): Buffer {
  const name = [CLIENT.length + 1, ...CLIENT];
  const version = [2, 0x31];
  return frame(18, 3, correlation, [...name, ...version, 0], true);
}

/** An empty list of topics: the cluster only. */
function metadataRequest(correlation: number): Buffer {
  return frame(3, 1, correlation, [0, 0, 0, 0], false);
}

function parseMetadata(body: Buffer): { brokers: number; controllerId: number } {
  const brokers = body.readInt32BE(0);
  let at = 4;
  for (let index = 0; index < brokers; index += 1) {
    at += 4;
    at += 2 + body.readInt16BE(at);
    at += 4;
    at += 2 + Math.max(0, body.readInt16BE(at));
  }
  return { brokers, controllerId: body.readInt32BE(at) };
}

/** The feature's name, then int16 min, int16 max, in the tagged fields behind the list of APIs; no need to read those. */
function metadataLevelOf(body: Buffer): number | undefined {
  if (body.readInt16BE(0) !== 0) return undefined;
  const name = Buffer.from('\u0011metadata.version');
  const at = body.indexOf(name);
  if (at < 0 || at + name.length + 4 > body.length) return undefined;
  return body.readInt16BE(at + name.length + 2);
}

/** First level of each release (Kafka's MetadataVersion). */
const RELEASES: readonly (readonly [number, string])[] = [
  [28, '4.2'],
  [26, '4.1'],
  [22, '4.0'],
  [21, '3.9'],
  [20, '3.8'],
  [15, '3.7'],
  [12, '3.6'],
  [10, '3.5'],
  [9, '3.4'],
  [5, '3.3'],
];

/** `4.1.x` for a level; a broker does not tell its patch release. */
export function releaseOf(level: number | undefined): string {
  const release = level === undefined ? undefined : RELEASES.find(([from]) => level >= from);
  return release === undefined ? 'unknown' : `${release[1]}.x`;
}
