// A stand-in for both upstreams: a real HTTP server that speaks their wire formats, so that the real
// adapters are what runs without keys and in tests. What it answers says that it is the sandbox.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PerProvider, PROVIDERS, type Provider } from '../../domain/provider.js';
import { readChatRequest } from './chatRequest.js';
import { breaksConnection, sendError, sendJson, serveChat } from './exchange.js';
import { MANNERS } from './manners.js';
import { createServedLog, type ServedLog, type ServedRequest } from './served.js';
import { wireError } from './wireErrors.js';
import { modelList } from './wireReplies.js';

export type { ServedRequest } from './served.js';

export interface SandboxSettings {
  /** 0, the default, takes a free one. */
  port?: number;
  host?: '127.0.0.1';
  /** A line of JSON for each request and for its end, appended. */
  logFile?: string;
  /** What `GET /models` lists. */
  models?: PerProvider<string[]>;
}

export interface Sandbox {
  /** The base URL to configure for a provider. */
  url(provider: Provider): string;
  /** The last 10,000 chat requests, oldest first. */
  served: ServedRequest[];
  /** Breaks what is under way. */
  close(): Promise<void>;
}

const DEFAULT_MODELS: PerProvider<string[]> = {
  openrouter: ['sandbox/model'],
  openai: ['sandbox-model'],
};
/** Longer than a caller's pool keeps a connection, so that it is never this side that closes first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export async function startSandbox(settings: SandboxSettings = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', models = DEFAULT_MODELS } = settings;
  const log = createServedLog(settings.logFile);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // A client that left in the middle is its own affair, and written in the record.
    route(request, response, log, models).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: provider => origin + MANNERS[provider].basePath,
    served: log.served,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
      log.close();
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  log: ServedLog,
  models: PerProvider<string[]>,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://sandbox').pathname;
  const unknown = wireError(404, `Unknown request URL: ${path}`);
  const provider = PROVIDERS.find(name => path.startsWith(`${MANNERS[name].basePath}/`));
  if (!provider) {
    request.resume();
    return sendError(response, 'openai', unknown);
  }
  const { basePath, showsModelsToAnybody } = MANNERS[provider];
  const action = `${request.method} ${path.slice(basePath.length)}`;
  if (action === 'POST /chat/completions') return chat(provider, request, response, log);
  request.resume();
  if (action !== 'GET /models') return sendError(response, provider, unknown);
  if (!showsModelsToAnybody && !hasKey(request)) return sendError(response, provider, NO_KEY);
  return sendJson(response, 200, modelList(provider, models[provider]));
}

const NO_KEY = wireError(401, 'No API key was given in the Authorization header.');

function hasKey(request: IncomingMessage): boolean {
  return (request.headers.authorization ?? '') !== '';
}

async function chat(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  log: ServedLog,
): Promise<void> {
  const body = await readBody(request);
  const read = hasKey(request) ? readChatRequest(provider, body.toString()) : NO_KEY;
  const isError = 'kind' in read;
  const fault = isError ? undefined : read.fault;
  const record = log.receive({
    at: new Date().toISOString(),
    provider,
    holdId: request.headers['x-client-request-id']?.toString() ?? null,
    model: isError ? null : read.model,
    stream: !isError && read.stream,
    bodyBytes: body.length,
    outcome: isError ? `refused_${read.status}` : outcomeOf(fault),
  });
  response.on('close', () => {
    log.end(record, !response.writableFinished && !breaksConnection(fault));
  });
  if (isError) return sendError(response, provider, read);
  return serveChat(read, response);
}

function outcomeOf(fault: { name: string; amount: number } | undefined): string {
  if (fault === undefined) return 'answer';
  return fault.amount > 0 ? `${fault.name}-${fault.amount}` : fault.name;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is over the limit of the sandbox');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
