// The HTTP server of the application.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { LOOK_EVERY_MS } from './bodyPace.js';
import { Connections, MOST_CONNECTIONS } from './connections.js';
import { crossOriginFor } from './crossOrigin.js';
import { noteWaiting } from './leftover.js';
import { sendJson } from './respond.js';

const HEADERS_TIMEOUT_MS = 8_000;
/** Enough for 20 MiB at the slowest pace that bodyPace.ts allows, which take three quarters of this. */
const REQUEST_TIMEOUT_MS = 3_600_000;
/** Longer than Traefik, Caddy and Google's balancer keep idle connections, so that we never close first. */
const KEEP_ALIVE_MS = 620_000;
const LINGER_MS = 1_000;

export interface ServerSettings {
  /** How long an idle connection is kept. */
  keepAliveMs?: number;
  mostConnections?: number;
  /** The origins of pages that may call us from a browser. */
  corsOrigins?: string[];
  /** Adds the key for a session's cookie; undefined if there is nothing to wait for. */
  addSessionKey?(request: IncomingMessage): Promise<void> | undefined;
  /** Changes the path of requests to the envelope's hosts. */
  redirect?: ((request: IncomingMessage) => void) | undefined;
  /** Called whenever a connection is closed because there are too many. */
  onFull?(): void;
}

/**
 * Express changes the prototype of every request and response, and V8 then loses its optimizations for them. That costs
 * as much as Node itself. So a POST to exactly one of these paths goes straight to its listener.
 */
export function createHttpServer(
  app: Express,
  posts: Map<string, RequestListener>,
  {
    keepAliveMs = KEEP_ALIVE_MS,
    mostConnections = MOST_CONNECTIONS,
    corsOrigins = [],
    addSessionKey = () => undefined,
    redirect,
    onFull = () => {},
  }: ServerSettings = {},
): Server {
  const crossOrigin = crossOriginFor(corsOrigins);
  const answer = (response: ServerResponse) => {
    const request = response.req;
    const fault = faultOfHost(request);
    if (fault !== null) return refuse(response, 400, fault);
    redirect?.(request);
    if (crossOrigin?.(request, response)) return;
    const added = addSessionKey(request);
    if (added)
      added.then(
        () => route(request, response),
        (fault: Error) => request.destroy(fault),
      );
    else route(request, response);
  };
  const route = (request: IncomingMessage, response: ServerResponse) => {
    const post = request.method === 'POST' ? posts.get(request.url as string) : undefined;
    if (post) post(request, response);
    else app(request, response);
  };
  const connections = new Connections(mostConnections, answer, onFull);
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 1_000,
      // Ours is refused with an answer that says why.
      requireHostHeader: false,
    },
    (_request, response) => connections.use(response),
  );
  // Without this, Node silently drops headers beyond a number, and a proxy's come last. Their bytes are limited anyway.
  server.maxHeadersCount = 0;
  server.on('connection', socket => connections.add(socket));
  const looking = setInterval(() => void connections.closeStalled(), LOOK_EVERY_MS).unref();
  server.on('close', () => clearInterval(looking));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    noteWaiting(request, response);
    connections.use(response);
  });
  server.on('checkExpectation', (_request, response: ServerResponse) =>
    refuse(response, 417, 'Only "Expect: 100-continue" can be met. Leave the header out.'),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (connections.isAnswering(socket)) socket.destroy();
    else answerMalformed(error, socket);
  });
  return server;
}

/** Several are refused, because a proxy before us might use another one of them than we do. */
function faultOfHost({ rawHeaders, httpVersion }: IncomingMessage): string | null {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return 'The request has more than one Host header.';
  return hosts === 0 && httpVersion === '1.1' ? 'The request has no Host header.' : null;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.setHeader('Connection', 'close');
  sendJson(response, status, { error: { code: 'invalid_request', message } });
}

interface Malformed {
  status: string;
  code: string;
  message: string;
}

const NOT_HTTP: Malformed = {
  status: '400 Bad Request',
  code: 'invalid_request',
  message: 'The request is not valid HTTP.',
};
/**
 * Headers that are too large contain credentials that nobody issued, so they get the answer to a wrong credential.
 */
const MALFORMED: Record<string, Malformed> = {
  HPE_HEADER_OVERFLOW: {
    status: '401 Unauthorized',
    code: 'unauthenticated',
    message: 'The headers are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'request_timeout',
    message: 'The request did not come in time.',
  },
};

/** Answers requests that are no valid HTTP, or that do not arrive in time. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The parser reports an error for each further piece of the headers.
  if (!socket.writable || refused.has(socket)) return;
  refused.add(socket);
  const { status, code, message } = MALFORMED[error.code ?? ''] ?? NOT_HTTP;
  const body = JSON.stringify({ error: { code, message } });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // If the connection were closed at once, the client could lose the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const refused = new WeakSet<Duplex>();
