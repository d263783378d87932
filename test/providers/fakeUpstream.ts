// Small fakes beside the sandbox: servers that do one odd thing, or keep what they were sent.

import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Cancellation } from '../../src/domain/cancellation.js';
import { bodyText } from '../../src/domain/longTexts.js';
import type { Provider } from '../../src/domain/provider.js';
import type { UpstreamCall } from '../../src/providers/port.js';
import type { Sandbox } from '../../src/providers/sandbox/server.js';

export interface Fake {
  origin: string;
  close(): Promise<void>;
}

export async function startHttp(listener: RequestListener): Promise<Fake> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Hands over every connection once its first bytes have come. */
export async function startTcp(onRequest: (socket: Socket) => void): Promise<Fake> {
  const sockets = new Set<Socket>();
  const server = createTcpServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => onRequest(socket));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** Answers every chat and keeps what it was sent. */
export async function startRecorder(): Promise<Fake & { received: Received[] }> {
  const received: Received[] = [];
  const fake = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ url: request.url ?? '', headers: request.headers, body });
    const choice = { index: 0, finish_reason: 'stop', message: { content: 'Hello' } };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [choice] }));
  });
  return { ...fake, received };
}

export function callOf(more: Partial<UpstreamCall> = {}): UpstreamCall {
  return {
    holdId: '01960000-0000-7000-8000-000000000001',
    licenseId: '01960000-0000-7000-8000-000000000002',
    upstreamId: 'any/model',
    reasoning: false,
    messages: [{ role: 'user', content: bodyText('Hello') }],
    options: {},
    ...more,
  };
}

export const NEVER = new Cancellation();

/** A chat request by hand, where the adapters would not show what the sandbox says. */
export function postChat(
  sandbox: Sandbox,
  provider: Provider,
  body: object,
  headers: Record<string, string> = {},
) {
  return fetch(`${sandbox.url(provider)}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'x-client-request-id': 'hold-1', ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Salam' }], ...body }),
  });
}
