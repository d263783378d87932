// The upstream of the benchmark, in a process of its own: an answer of 786 bytes, or a stream of pieces.
// A prompt says what it wants: `wait 50` milliseconds, `pieces 40`, `apart 10` milliseconds.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const ANSWER = answerOf(786);
const HEAD_BYTES = 512;
const TAIL_BYTES = 4_096;

function answerOf(bytes: number): Buffer {
  const answer = (content: string) => ({
    id: 'gen-0000000000',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'bench/model',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 12, completion_tokens: 130, total_tokens: 142, cost: 0.000_05 },
  });
  const rest = bytes - Buffer.byteLength(JSON.stringify(answer('')));
  return Buffer.from(JSON.stringify(answer('a'.repeat(rest))));
}

function pieceOf(delta: object, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: null }];
  const chunk = { id: 'gen-0', object: 'chat.completion.chunk', created: 1, model: 'bench/model' };
  return `data: ${JSON.stringify({ ...chunk, choices, ...more })}\n\n`;
}

const PIECE = pieceOf({ content: 'some words ' });
const USAGE = { prompt_tokens: 12, completion_tokens: 130, total_tokens: 142, cost: 0.000_05 };
const LAST = `${pieceOf({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: USAGE })}data: [DONE]\n\n`;

interface Wanted {
  waitMs: number;
  pieces: number;
  apartMs: number;
}

/** Read without parsing: it is not the upstream that is measured. */
function wantedBy(body: Buffer): Wanted {
  const text =
    body.length < HEAD_BYTES + TAIL_BYTES
      ? body.toString('latin1')
      : body.toString('latin1', 0, HEAD_BYTES) + body.toString('latin1', body.length - TAIL_BYTES);
  const number = (name: string) => Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1] ?? 0);
  const isStream = /"stream":\s*true/.test(text);
  return {
    waitMs: number('wait'),
    pieces: isStream ? number('pieces') : 0,
    apartMs: number('apart'),
  };
}

function answer(response: ServerResponse, { pieces, apartMs }: Wanted): void {
  if (pieces === 0) {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': ANSWER.length,
    });
    response.end(ANSWER);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (apartMs === 0) {
    for (let sent = 0; sent < pieces; sent++) response.write(PIECE);
    response.end(LAST);
    return;
  }
  let sent = 0;
  const timer = setInterval(() => {
    response.write(PIECE);
    if (++sent < pieces) return;
    clearInterval(timer);
    response.end(LAST);
  }, apartMs);
  response.on('close', () => clearInterval(timer));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const wanted = wantedBy(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    if (wanted.waitMs === 0) answer(response, wanted);
    else setTimeout(answer, wanted.waitMs, response, wanted);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`listens on http://localhost:${(server.address() as AddressInfo).port}`);
});
