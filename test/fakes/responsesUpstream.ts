// An upstream of Responses with the test's own answers, or else the sandbox's.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Provider } from '../../src/domain/provider.js';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

export interface ResponsesUpstream extends Fake {
  /** The base URL to configure for a provider. */
  url(provider: Provider): string;
  /** The bodies that came, oldest first. */
  received: Record<string, unknown>[];
  /** Events that answer the next requests. */
  sayNext(events: Array<Record<string, unknown>>, times?: number): void;
  /** The whole body that answers the next request. */
  answerNext(body: unknown): void;
}

export async function startResponsesUpstream(): Promise<ResponsesUpstream> {
  const sandbox: Sandbox = await startSandbox();
  const received: Record<string, unknown>[] = [];
  let next = { type: '', text: '', times: 0 };
  const fake = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    received.push(JSON.parse(body.toString()));
    if (next.times === 0) {
      const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
      const [, provider, path] = /^\/(\w+)(\/.*)$/.exec(request.url ?? '') ?? [];
      const url = sandbox.url(provider as Provider) + path;
      const answer = await fetch(url, { method: 'POST', headers, body });
      const type = answer.headers.get('content-type') ?? 'text/plain';
      response.writeHead(answer.status, { 'content-type': type });
      // Where the sandbox breaks off, so does this.
      await pipeline(Readable.fromWeb(answer.body as never), response).catch(() => {});
      return;
    }
    next.times -= 1;
    response.writeHead(200, { 'content-type': next.type }).end(next.text);
  });
  return {
    ...fake,
    url: provider => `${fake.origin}/${provider}`,
    received,
    sayNext(events, times = 1) {
      const text = events.map(event => `data: ${JSON.stringify(event)}\n\n`).join('');
      next = { type: 'text/event-stream', text, times };
    },
    answerNext(body) {
      next = { type: 'application/json', text: JSON.stringify(body), times: 1 };
    },
    async close() {
      await fake.close();
      await sandbox.close();
    },
  };
}
