import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../platform/metrics.js';
import type { Arbiter } from './arbiter.js';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
};

/** `/metrics`, `/health/live`, `/health/ready` on the loopback interface; nothing else, and nothing is written. */
export const startHealthServer = async (
  arbiter: Arbiter,
  metrics: Metrics,
  port: number,
): Promise<HealthServer> => {
  const server: Server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') answer(response, 405, { error: 'only GET' });
    else if (path === '/health/live')
      answer(response, arbiter.alive() ? 200 : 503, { live: arbiter.alive() });
    else if (path === '/health/ready') {
      const readiness = arbiter.readiness();
      answer(response, readiness.ready ? 200 : 503, readiness);
    } else if (path === '/metrics') {
      arbiter.readiness();
      metrics.registry.metrics().then(
        (text) => {
          response.writeHead(200, { 'content-type': metrics.registry.contentType });
          response.end(text);
        },
        (error: unknown) => answer(response, 500, { error: String(error) }),
      );
    } else answer(response, 404, { error: 'expected /metrics, /health/live or /health/ready' });
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
