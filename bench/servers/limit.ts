// The limit: the least work that a proxy with `node:http` and undici can do. It reads and parses the body, sends the
// same bytes on, and the answer's bytes back. It checks, counts and stores nothing.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const upstream = new Pool(process.env.UPSTREAM_URL as string, { connections: 256 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    const isStream = (JSON.parse(body.toString()) as { stream?: boolean }).stream === true;
    const answer = await upstream.request({
      method: 'POST',
      path: '/chat/completions',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (isStream) {
      response.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' });
      for await (const piece of answer.body) response.write(piece);
      response.end();
      return;
    }
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
    response.writeHead(answer.statusCode, headers).end(bytes);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`listens on http://localhost:${(server.address() as AddressInfo).port}`);
});
