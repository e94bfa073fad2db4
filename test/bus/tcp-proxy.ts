/**
 * A TCP proxy before one broker, which loses answers or connections on demand. It writes its own port into whatever the
 * broker says about its address, so that clients come back through it.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly address: string;
  /** Answers are lost from now on, connections stay; or no longer. */
  swallow(on: boolean): void;
  /** The connections that exist now never answer again; new ones do. */
  silence(): void;
  /** Requests seen of one kind (Kafka API key), since the beginning. */
  requests(apiKey: number): number;
  /** Cuts all connections. */
  cut(): void;
  close(): Promise<void>;
}

export const PRODUCE = 0;

const addressBytes = (host: string, port: number): Buffer => {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
};

/** Counts requests by their API key: each is {length int32, api key int16, …}. */
const counting = (counts: Map<number, number>): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 6) {
      const length = 4 + rest.readInt32BE(0);
      if (rest.length < length) return;
      const apiKey = rest.readInt16BE(4);
      counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1);
      rest = rest.subarray(length);
    }
  };
};

export const openTcpProxy = async (broker: string): Promise<TcpProxy> => {
  const split = broker.lastIndexOf(':');
  const host = broker.slice(0, split);
  const port = Number(broker.slice(split + 1));
  const counts = new Map<number, number>();
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect({ host, port });
    const count = counting(counts);
    const own = (server.address() as AddressInfo).port;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        silent.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      count(chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (swallowing || silent.has(upstream)) return;
      for (
        let at = chunk.indexOf(addressBytes(host, port));
        at >= 0;
        at = chunk.indexOf(addressBytes(host, port), at + 1)
      ) {
        addressBytes(host, own).copy(chunk, at);
      }
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    swallow: (on) => {
      swallowing = on;
    },
    silence: () => {
      for (const socket of sockets) silent.add(socket);
    },
    requests: (apiKey) => counts.get(apiKey) ?? 0,
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
};
