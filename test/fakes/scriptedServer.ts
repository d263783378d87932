// An HTTP server that gives the test's answers, one after another, and remembers its requests. Requests without an
// answer are passed on to the service behind it, if there is one.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Scripted {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON, or as it is if it is a text. */
  body?: unknown;
  /** The data of server-sent events. */
  events?: readonly unknown[];
  /** `cut`: the connection breaks after that. `hang`: nothing more comes. */
  ends?: 'cut' | 'hang';
}

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** As JSON; null where there was none. */
  body: unknown;
}

export interface ScriptedServer {
  url: string;
  asked: Asked[];
  /** Sets the answers to the next requests of any kind. Forgets earlier requests. */
  answer(...next: Scripted[]): void;
  /** Answers a path always. */
  serve(path: string, how: (asked: Asked) => Scripted): void;
  /** When no connection has a request under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startScriptedServer(behind?: string): Promise<ScriptedServer> {
  let script: Scripted[] = [];
  const asked: Asked[] = [];
  const served = new Map<string, (asked: Asked) => Scripted>();
  const underWay = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    underWay.add(response);
    response.on('close', () => underWay.delete(response));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const body = bytes.length === 0 ? null : JSON.parse(bytes.toString());
    const now = { method, path: url, headers, body };
    asked.push(now);
    const next = script.shift() ?? served.get(url)?.(now);
    if (next) return send(response, next);
    if (behind) return passOn(response, behind, now, bytes);
    send(response, { status: 500, body: { error: { code: 'not_scripted', message: url } } });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(...next) {
      script = next;
      asked.length = 0;
    },
    serve: (path, how) => void served.set(path, how),
    async idle() {
      await Promise.all([...underWay].map(response => once(response, 'close')));
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status = 200, headers, body, events, ends }: Scripted) {
  const type = events ? 'text/event-stream' : 'application/json';
  response.writeHead(status, { 'Content-Type': type, ...headers });
  for (const event of events ?? []) response.write(`data: ${textOf(event)}\n\n`);
  if (ends === 'hang') return response.flushHeaders();
  // What was written goes out before the connection breaks.
  if (ends === 'cut') return response.write(': \n\n', () => response.destroy());
  response.end(body === undefined ? undefined : textOf(body));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function passOn(response: ServerResponse, behind: string, asked: Asked, body: Buffer) {
  const { host: _, connection: __, ...headers } = asked.headers;
  const answer = await fetch(behind + asked.path, {
    method: asked.method,
    headers: headers as Record<string, string>,
    ...(body.length > 0 && { body }),
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}
