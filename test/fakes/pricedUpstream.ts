// An upstream that streams as many tokens as its limit allows, and reports their cost in the way that the test chose.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PricedUpstream {
  origin: string;
  /** The bodies that came, the newest last. */
  received: Array<Record<string, unknown>>;
  /** How many tokens it would like to say. */
  wordy: number;
  /** The text of its `usage`; null: it says none. */
  usage: (completionTokens: number) => string | null;
  /** What it says afterwards of a call that it had named; null: not yet. */
  generation: (id: string) => string | null;
  /** Its replies say by which name they can be asked for afterwards. */
  namesCalls: boolean;
  /** Never ends its answer. */
  hangs: boolean;
  close(): Promise<void>;
}

const chunk = (delta: object, finish_reason: string | null) =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

export async function startPricedUpstream(): Promise<PricedUpstream> {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const id = new URL(request.url ?? '', 'http://upstream').searchParams.get('id') ?? '';
      const said = upstream.generation(id);
      response.writeHead(said === null ? 404 : 200, { 'content-type': 'application/json' });
      return void response.end(said ?? '{"error":{"code":404,"message":"not yet"}}');
    }
    let text = '';
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    upstream.received.push(body);
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      ...(upstream.namesCalls && { 'x-generation-id': `gen-${upstream.received.length}` }),
    });
    const tokens = Math.min(upstream.wordy, body.max_completion_tokens ?? upstream.wordy);
    response.write(chunk({ role: 'assistant', content: 'word '.repeat(tokens) }, null));
    if (upstream.hangs) return;
    response.write(chunk({}, tokens < upstream.wordy ? 'length' : 'stop'));
    const usage = upstream.usage(tokens);
    if (usage !== null) response.write(`data: {"choices":[],"usage":${usage}}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const upstream: PricedUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    wordy: 5,
    usage: () => null,
    generation: () => null,
    namesCalls: false,
    hangs: false,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}
