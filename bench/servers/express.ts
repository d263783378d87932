// A proxy as one usually writes it with Express: express.json, undici, res.json, without any quota.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Pool } from 'undici';

const upstream = new Pool(process.env.UPSTREAM_URL as string, { connections: 256 });

const app = express();
app.use(express.json({ limit: '20mb' }));
app.post(/.*/, async (request, response) => {
  const answer = await upstream.request({
    method: 'POST',
    path: '/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request.body),
  });
  if (request.body.stream === true) {
    response.status(answer.statusCode).type('text/event-stream');
    for await (const piece of answer.body) response.write(piece);
    response.end();
    return;
  }
  response.status(answer.statusCode).json(await answer.body.json());
});

const server = createServer(app);
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`listens on http://localhost:${(server.address() as AddressInfo).port}`);
});
