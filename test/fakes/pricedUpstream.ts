// An upstream that streams as many tokens as its limit allows, and reports their cost in the way that the test chose.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PricedUpstream {
  origin: string;
  /** The bodies that came, the newest last. */
  received: Array<Record<string, unknown>>;
  /** How many tokens it would like to say, unless a prompt asks for so many: `say 700`. */
  wordy: number;
  /** The text of its `usage`; null: it says none. */
  usage: (completionTokens: number) => string | null;
  /** How many tokens it has said, by the names of its calls. */
  said: Map<string, number>;
  /** What it says afterwards of a call that it had named; null: not yet. */
  generation: (id: string) => string | null;
  /** Its replies say by which name they can be asked for afterwards. */
  namesCalls: boolean;
  /** Never ends its answer. */
  hangs: boolean;
  /** Waited for before each piece but the first; without it, all words are one piece. */
  pause: (() => Promise<void>) | null;
  /** Said in place of its words: events of a stream, by their types. */
  events: Array<Record<string, unknown>> | null;
  /** How many answers nobody waited for any more. */
  givenUp: number;
  close(): Promise<void>;
}

const WORDS_A_PIECE = 50;

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
    const name = `gen-${upstream.received.length}`;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      ...(upstream.namesCalls && { 'x-generation-id': name }),
    });
    if (upstream.events) {
      const said = upstream.events.map(
        event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      );
      return void response.end(said.join(''));
    }
    const wordy = Number(/^say (\d+)$/.exec(body.messages?.at(-1)?.content)?.[1] ?? upstream.wordy);
    const tokens = Math.min(wordy, body.max_completion_tokens ?? wordy);
    response.on('close', () => {
      if (!response.writableEnded) upstream.givenUp += 1;
    });
    const say = (words: number) => {
      upstream.said.set(name, (upstream.said.get(name) ?? 0) + words);
      response.write(chunk({ role: 'assistant', content: 'word '.repeat(words) }, null));
    };
    const { pause } = upstream;
    say(pause ? Math.min(tokens, 1) : tokens);
    for (let left = tokens - 1; pause && left > 0; left -= WORDS_A_PIECE) {
      await pause();
      if (response.destroyed) return;
      say(Math.min(left, WORDS_A_PIECE));
    }
    if (upstream.hangs) return;
    response.write(chunk({}, tokens < wordy ? 'length' : 'stop'));
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
    said: new Map(),
    hangs: false,
    pause: null,
    events: null,
    givenUp: 0,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}
