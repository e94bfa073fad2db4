import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ArbiterProcess } from './threads/index.js';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
};

const respond = async (
  arbiter: ArbiterProcess,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const path = url?.split('?')[0];
  if (method !== 'GET') {
    answer(response, 405, { error: 'only GET' });
    return;
  }
  if (path === '/health/live') {
    const live = await arbiter.alive();
    answer(response, live ? 200 : 503, { live });
    return;
  }
  if (path === '/health/ready') {
    const readiness = await arbiter.readiness();
    answer(response, readiness.ready ? 200 : 503, readiness);
    return;
  }
  if (path !== '/metrics') {
    answer(response, 404, { error: 'expected /metrics, /health/live or /health/ready' });
    return;
  }
  const registry = await arbiter.metrics();
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(text);
};

/** `/metrics`, `/health/live`, `/health/ready` on the loopback interface; nothing else, and nothing is written. */
export const startHealthServer = async (arbiter: ArbiterProcess, port: number): Promise<HealthServer> => {
  const server: Server = createServer((request, response) => {
    respond(arbiter, request, response).catch((error: unknown) => {
      if (!response.headersSent) answer(response, 500, { error: String(error) });
      else response.destroy();
    });
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
