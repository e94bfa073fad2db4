import type { Socket } from 'node:net';

/** What is taken from kafkajs' Connection (`src/network/connection.js`, 2.2.4). */
export interface FramedConnection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  socket?: Socket;
  isConnected(): boolean;
  connect(): Promise<boolean>;
}

const SIZE_BYTES = 4;

/**
 * kafkajs keeps one Connection over many sockets, and keeps what it has buffered of an answer: a broker that dies in the
 * middle of an answer leaves a piece before the next socket's bytes, and all frames after it are read at the wrong place
 * (an uncaught RangeError, or requests that are never answered). So a new socket begins with nothing, and the one before
 * it is heard no more.
 */
export const beginFramesAnew = (connectionClass: { readonly prototype: FramedConnection }): void => {
  const { prototype } = connectionClass;
  const connect = Reflect.get<FramedConnection, 'connect'>(prototype, 'connect');
  prototype.connect = function (this: FramedConnection): Promise<boolean> {
    if (!this.isConnected()) {
      this.socket?.removeAllListeners('data');
      this.socket?.destroy();
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = SIZE_BYTES;
    }
    return connect.call(this);
  };
};
