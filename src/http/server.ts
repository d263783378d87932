// The HTTP server under the application.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';

/** Slow senders are cut; a 20 MiB image over a slow line still gets through. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than a reverse proxy keeps its connections, so that it is never the one surprised. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const LINGER_MS = 1_000;

/**
 * Express gives every request and response another prototype, and V8 then forgets their shapes, which
 * costs as much as Node itself. So a POST to exactly one of these paths goes straight to what answers it.
 */
export function createHttpServer(app: Express, posts: Map<string, RequestListener>): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => {
      const post = request.method === 'POST' ? posts.get(request.url as string) : undefined;
      if (post) post(request, response);
      else app(request, response);
    },
  );
  server.on('clientError', answerMalformed);
  return server;
}

/**
 * What is no HTTP is told so. Headers beyond all measure are credentials that nobody issued: they get
 * what every wrong credential gets.
 */
function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // While what is left of the headers still comes in, the parser complains of each piece.
  if (!socket.writable || refused.has(socket)) return;
  refused.add(socket);
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const status = isTooLarge ? '401 Unauthorized' : '400 Bad Request';
  const code = isTooLarge ? 'unauthenticated' : 'invalid_request';
  const message = isTooLarge ? 'The headers are too large.' : 'The request is not valid HTTP.';
  const body = JSON.stringify({ error: { code, message } });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closed at once, the answer would be lost with what the client still sends.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const refused = new WeakSet<Duplex>();
