// Another party's server that receives webhooks, and answers in the way that the test chose.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signedTime } from '../../src/shops/signature.js';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  raw: Buffer;
  body: Record<string, unknown>;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** The number of all connections. */
  connections(): number;
  /** The answer: a status, or another behaviour. */
  answer: number | ((response: ServerResponse) => void);
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  let connections = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const raw = Buffer.concat(pieces);
    const { url: path = '', headers } = request;
    receiver.received.push({ path, headers, raw, body: JSON.parse(raw.toString()) });
    const { answer } = receiver;
    if (typeof answer === 'function') answer(response);
    else response.writeHead(answer).end('noted');
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    connections: () => connections,
    answer: 200,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return receiver;
}

/** As a receiver checks it: over the bytes as they came. */
export function isGenuine({ headers, raw }: Received, secret: string): boolean {
  return signedTime(headers['x-signature'], raw, [secret]) !== null;
}
