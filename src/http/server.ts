// The HTTP server under the application.

import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** Slow senders are cut; a 20 MiB image over a slow line still gets through. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than a reverse proxy keeps its connections, so that it is never the one surprised. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/**
 * Express gives every request and response its own prototype, and the engine then forgets their
 * shapes, which costs half of the time of a request. Born with that prototype, they keep them.
 */
export function createHttpServer(app: Express): Server {
  const server = createServer(
    {
      IncomingMessage: bornWith(IncomingMessage, app.request),
      ServerResponse: bornWith(ServerResponse, app.response) as unknown as typeof ServerResponse,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    app,
  );
  return server;
}

function bornWith<Base extends typeof IncomingMessage | typeof ServerResponse>(
  Parent: Base,
  prototype: object,
): Base {
  function Born(this: object, ...parameters: unknown[]): object {
    return Reflect.construct(Parent, parameters, new.target ?? Born);
  }
  Born.prototype = prototype;
  return Born as unknown as Base;
}
