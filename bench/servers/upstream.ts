// The upstream of the benchmark, in a process of its own: an answer of 786 bytes, or a stream of pieces.
// A prompt says what it wants: `wait 50` milliseconds, `pieces 40`, `apart 10` milliseconds. Written on
// sockets like the clients, because it shares their processor with the database.

import { type AddressInfo, createServer, type Socket } from 'node:net';

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

const WHOLE = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER.length}\r\n\r\n`,
  ),
  ANSWER,
]);
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const PIECE_CHUNK = chunked(PIECE);
const LAST_CHUNK = `${chunked(LAST)}0\r\n\r\n`;

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

interface Wanted {
  waitMs: number;
  pieces: number;
  apartMs: number;
}

/** Read without parsing: it is not the upstream that is measured. */
function wantedBy(body: string): Wanted {
  const text =
    body.length < HEAD_BYTES + TAIL_BYTES
      ? body
      : body.slice(0, HEAD_BYTES) + body.slice(body.length - TAIL_BYTES);
  const number = (name: string) => Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1] ?? 0);
  const isStream = /"stream":\s*true/.test(text);
  return {
    waitMs: number('wait'),
    pieces: isStream ? number('pieces') : 0,
    apartMs: number('apart'),
  };
}

function answer(socket: Socket, { pieces, apartMs }: Wanted): void {
  if (pieces === 0) {
    socket.write(WHOLE);
    return;
  }
  if (apartMs === 0) {
    socket.write(STREAM_HEAD + PIECE_CHUNK.repeat(pieces) + LAST_CHUNK);
    return;
  }
  socket.write(STREAM_HEAD);
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(PIECE_CHUNK);
    if (++sent < pieces && !socket.destroyed) return;
    clearInterval(timer);
    socket.write(LAST_CHUNK);
  }, apartMs);
}

/** One request after another comes on a connection. */
function serve(socket: Socket): void {
  let chunks: Buffer[] = [];
  let missing = 0;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', chunk => {
    chunks.push(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    const received = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    missing = headEnd + 4 + length - received.length;
    if (missing > 0) return;
    const wanted = wantedBy(received.toString('latin1', headEnd + 4));
    chunks = [];
    missing = 0;
    if (wanted.waitMs === 0) answer(socket, wanted);
    else setTimeout(answer, wanted.waitMs, socket, wanted);
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  console.log(`listens on http://localhost:${(server.address() as AddressInfo).port}`);
});
