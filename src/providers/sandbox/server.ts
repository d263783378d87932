// A stand-in for every upstream: a real HTTP server that speaks their wires. So the real adapters run without keys and
// in tests. Its answers say that they come from the sandbox.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PerProvider, PROVIDERS, type Provider, perProvider } from '../../domain/provider.js';
import { isRecord, parseJson } from '../../domain/unknownJson.js';
import { WIRES } from '../index.js';
import { breaksConnection, sendError, sendJson, serveChat } from './exchange.js';
import { createGenerations, type Generations } from './generations.js';
import { NATIVES } from './natives.js';
import type { SandboxRequest } from './request.js';
import { createServedLog, type ServedLog, type ServedRequest } from './served.js';
import type { StandIn } from './standIn.js';
import { createVideoServer, type VideoServer } from './videos.js';
import { type WireError, wireError } from './wireError.js';

export type { ServedRequest } from './served.js';

export interface SandboxSettings {
  /** 0, the default, takes a free port. */
  port?: number;
  host?: '127.0.0.1';
  /** A file to which lines of JSON are appended: one for each request and one for its end. */
  logFile?: string;
  /** The models that `GET /models` lists. */
  models?: PerProvider<string[]>;
}

export interface Sandbox {
  /** The base URL to configure for a provider. */
  url(provider: Provider): string;
  /** The last 10,000 chat requests, oldest first. */
  served: ServedRequest[];
  /** Breaks the requests that are under way. */
  close(): Promise<void>;
}

/** The base path of each provider: its name, then the path of the real base URL. */
const BASE_PATHS = perProvider(name => `/${name}${new URL(WIRES[name].baseUrl).pathname}`);
const DEFAULT_MODELS = perProvider(() => ['sandbox/model']);
/** Longer than a caller's pool keeps a connection, so that this side never closes first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export async function startSandbox(settings: SandboxSettings = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', models = DEFAULT_MODELS } = settings;
  const log = createServedLog(settings.logFile);
  const generations = createGenerations();
  const videos = createVideoServer();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // It throws if a client leaves in the middle. The record has that already.
    route(request, response, { log, generations, models, videos }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: provider => origin + BASE_PATHS[provider],
    served: log.served,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
      log.close();
    },
  };
}

/** What one sandbox remembers. */
interface Memory {
  log: ServedLog;
  generations: Generations;
  models: PerProvider<string[]>;
  videos: VideoServer;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  memory: Memory,
): Promise<void> {
  const { log, videos } = memory;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const unknown = wireError(404, `Unknown request URL: ${pathname}`);
  const provider = PROVIDERS.find(name => pathname.startsWith(`${BASE_PATHS[name]}/`));
  if (!provider) {
    request.resume();
    return sendJson(response, unknown.status, { message: unknown.message });
  }
  const { chat, models: listed, generations, standIn } = WIRES[provider];
  const action = `${request.method} ${pathname.slice(BASE_PATHS[provider].length)}`;
  if (action === `POST ${chat.path}`) return serve(provider, standIn, request, response, memory);
  const native = NATIVES[action.replace('POST ', '')];
  if (native) {
    return serve(provider, { ...standIn, ...native }, request, response, memory);
  }
  request.resume();
  if (generations && action === `GET ${generations.path}`) {
    const found = memory.generations.find(searchParams.get('id') ?? '');
    if (!found) return sendError(response, standIn, wireError(404, 'No generation has this id.'));
    return sendJson(response, 200, standIn.generationBody?.(found) ?? {});
  }
  const isKnown = standIn.hasKey(request.headers);
  if (isKnown && videos.serve(action, { request, response, standIn, log })) return;
  if (action !== `GET ${listed.path.split('?')[0]}`) return sendError(response, standIn, unknown);
  if (!standIn.showsModelsToAnybody && !isKnown) {
    return sendError(response, standIn, NO_KEY);
  }
  return sendJson(response, 200, standIn.modelList(memory.models[provider]));
}

const NO_KEY = wireError(401, 'No API key was given in the headers.');
const NO_OBJECT = wireError(400, 'The body is not a JSON object.');

async function serve(
  provider: Provider,
  standIn: StandIn,
  request: IncomingMessage,
  response: ServerResponse,
  { log, generations }: Memory,
): Promise<void> {
  const body = await readBody(request);
  const fields = await fieldsOf(body, request.headers['content-type'] ?? '');
  const read = standIn.hasKey(request.headers) ? readChat(standIn, fields) : NO_KEY;
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
  if (isError) return sendError(response, standIn, read);
  const idHeader = WIRES[provider].generations?.idHeader;
  return serveChat(read, response, standIn, generation => {
    if (idHeader !== undefined) generations.note(idHeader, generation);
  });
}

function readChat(standIn: StandIn, fields: unknown): SandboxRequest | WireError {
  return isRecord(fields) ? standIn.readRequest(fields) : NO_OBJECT;
}

/** Reads a form: its texts, and the names of its files. */
async function fieldsOf(body: Buffer, type: string): Promise<unknown> {
  if (!type.startsWith('multipart/form-data')) return parseJson(body.toString());
  const form = new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const parts = [...((await form.catch(() => undefined)) ?? [])];
  return Object.fromEntries(
    parts.map(([name, value]) => [name, typeof value === 'string' ? value : value.name]),
  );
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
