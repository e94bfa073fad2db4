import { createRequire } from 'node:module';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
// Takes effect when the adapter is loaded.
import '../../../src/bus/kafka/kafkajs-protocol.js';
import type { FramedConnection } from '../../../src/bus/kafka/fresh-frames.js';

interface Connection extends FramedConnection {
  requestQueue: { fulfillRequest(answer: { correlationId: number; payload: Buffer }): void };
  disconnect(): Promise<boolean>;
}

const silent = { namespace: () => silent, debug: () => undefined, error: () => undefined };

describe('frames of kafkajs', () => {
  it('hazard: a broker that dies in the middle of an answer leaves nothing before the next answer', async () => {
    const load = createRequire(import.meta.url);
    const KafkaJsConnection = load('kafkajs/src/network/connection.js') as new (
      options: object,
    ) => Connection;
    const peers: Socket[] = [];
    const server = createServer((peer) => peers.push(peer.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const connection = new KafkaJsConnection({
      host: '127.0.0.1',
      port,
      logger: silent,
      requestTimeout: 1000,
      connectionTimeout: 1000,
      socketFactory: ({ onConnect }: { onConnect: () => void }) =>
        connect({ host: '127.0.0.1', port }, onConnect),
    });
    const answers: string[] = [];
    connection.requestQueue.fulfillRequest = ({ correlationId, payload }) =>
      void answers.push(`${correlationId} ${payload.toString()}`);
    const until = async (what: () => boolean): Promise<void> => {
      while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
    };

    await connection.connect();
    await until(() => peers.length === 1);
    // A frame of 100 bytes, of which three arrive.
    peers[0]?.write(Buffer.from([0, 0, 0, 100, 1, 2, 3]));
    await until(() => connection.bytesBuffered > 0);
    peers[0]?.destroy();
    await until(() => !connection.isConnected());

    await connection.connect();
    await until(() => peers.length === 2);
    peers[1]?.write(Buffer.concat([Buffer.from([0, 0, 0, 6, 0, 0, 0, 9]), Buffer.from('ok')]));
    await until(() => answers.length > 0 || connection.bytesBuffered > 0);
    expect(answers).to.deep.equal(['9 ok']);
    await connection.disconnect();
    for (const peer of peers) peer.destroy();
    server.close();
  });
});
