import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const PRODUCE = 0;

/** What becomes of one produce request on its way. */
export type Fate =
  | { readonly kind: 'pass' }
  /** It arrives all the same, but only after `ms`, when its sender has long given up. */
  | { readonly kind: 'late'; readonly ms: number }
  /** It arrives, its answer does not. */
  | { readonly kind: 'unacknowledged' }
  | { readonly kind: 'lost' };

export interface SlowProxy {
  readonly address: string;
  readonly counts: Record<Fate['kind'], number>;
  close(): Promise<void>;
}

const addressOf = (host: string, port: number): Buffer => {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
};

/** Cuts a stream into requests: {length int32, API key int16, …}. */
const framing = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
};

/**
 * A TCP proxy before one broker that decides the fate of every produce request. A request that is held back is delivered
 * although its sender has closed the connection: what a slow network does to a zombie. It writes its own port into what the
 * broker says about its address, so that clients come back through it.
 */
export const openSlowProxy = async (broker: string, fate: () => Fate): Promise<SlowProxy> => {
  const split = broker.lastIndexOf(':');
  const host = broker.slice(0, split);
  const port = Number(broker.slice(split + 1));
  const counts: SlowProxy['counts'] = { pass: 0, late: 0, unacknowledged: 0, lost: 0 };
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect({ host, port });
    const own = (server.address() as AddressInfo).port;
    let held = 0;
    let deaf = false;
    let left = false;
    const leave = (): void => {
      left = true;
      if (held === 0) upstream.end();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', leave);
    upstream.on('close', () => client.destroy());
    const pass = framing((frame) => {
      const next: Fate = frame.readInt16BE(4) === PRODUCE ? fate() : { kind: 'pass' };
      if (frame.readInt16BE(4) === PRODUCE) counts[next.kind]++;
      if (next.kind === 'unacknowledged') deaf = true;
      if (next.kind === 'lost') return;
      if (next.kind !== 'late') return void upstream.write(frame);
      const copy = Buffer.from(frame);
      held++;
      setTimeout(() => {
        held--;
        upstream.write(copy, () => {
          if (left) leave();
        });
      }, next.ms).unref();
    });
    client.on('data', pass);
    upstream.on('data', (chunk: Buffer) => {
      if (deaf || left) return;
      const [found, mine] = [addressOf(host, port), addressOf(host, own)];
      for (let at = chunk.indexOf(found); at >= 0; at = chunk.indexOf(found, at + 1)) mine.copy(chunk, at);
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
