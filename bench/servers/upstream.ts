// The upstream of the benchmark, in a process of its own: it answers 786 bytes, or a stream of pieces. Some models get
// the form of Messages or embeddings; a request with an `input` gets that of Responses.
// A prompt says what it wants: `wait 50` milliseconds, `pieces 40`, `apart 10` milliseconds. It uses bare sockets like
// the clients, because it shares their processor with the database.

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

const MESSAGE = {
  id: 'msg_0',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'a'.repeat(400), annotations: [], logprobs: [] }],
};
const RESPONSE = {
  id: 'resp_0',
  object: 'response',
  created_at: 1_700_000_000,
  status: 'completed',
  model: 'bench/model',
  output: [MESSAGE],
  usage: { input_tokens: 12, output_tokens: 130, total_tokens: 142, cost: 0.000_05 },
};

function eventOf(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 0, ...more })}\n\n`;
}

const PLACE = { item_id: 'msg_0', output_index: 0, content_index: 0 };
const BEGUN = { ...RESPONSE, status: 'in_progress', output: [], usage: null };
const EMPTY = { type: 'output_text', text: '', annotations: [] };
const FIRST_EVENTS = [
  eventOf('response.created', { response: BEGUN }),
  eventOf('response.output_item.added', { output_index: 0, item: { ...MESSAGE, content: [] } }),
  eventOf('response.content_part.added', { ...PLACE, part: EMPTY }),
].join('');
const DELTA_EVENT = eventOf('response.output_text.delta', {
  ...PLACE,
  delta: 'some words ',
  logprobs: [],
});
const LAST_EVENTS = [
  eventOf('response.output_text.done', { ...PLACE, text: 'x', logprobs: [] }),
  eventOf('response.content_part.done', { ...PLACE, part: EMPTY }),
  eventOf('response.output_item.done', { output_index: 0, item: MESSAGE }),
  eventOf('response.completed', { response: RESPONSE }),
].join('');

const SAID = {
  id: 'msg_0',
  type: 'message',
  role: 'assistant',
  model: 'bench/model',
  content: [{ type: 'text', text: 'a'.repeat(400) }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 130 },
};
const FIRST_OF_MESSAGE = [
  eventOf('message_start', {
    message: {
      ...SAID,
      content: [],
      stop_reason: null,
      usage: { input_tokens: 12, output_tokens: 1 },
    },
  }),
  eventOf('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
].join('');
const DELTA_OF_MESSAGE = eventOf('content_block_delta', {
  index: 0,
  delta: { type: 'text_delta', text: 'some words ' },
});
const LAST_OF_MESSAGE = [
  eventOf('content_block_stop', { index: 0 }),
  eventOf('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 130 },
  }),
  eventOf('message_stop', {}),
].join('');

const DIMENSIONS = 1_536;
const VECTOR = {
  object: 'list',
  data: [
    {
      object: 'embedding',
      index: 0,
      embedding: Buffer.alloc(DIMENSIONS * 4, 7).toString('base64'),
    },
  ],
  model: 'bench/model',
  usage: { prompt_tokens: 12, total_tokens: 12, cost: 0.000_001 },
};

function wholeOf(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
/** The bytes to send: the whole answer, or a stream's pieces. */
const CHAT = { whole: wholeOf(ANSWER), piece: chunked(PIECE), ...ends('', LAST) };
const RESPONSES = {
  whole: wholeOf(Buffer.from(JSON.stringify(RESPONSE))),
  piece: chunked(DELTA_EVENT),
  ...ends(FIRST_EVENTS, LAST_EVENTS),
};

const MESSAGES = {
  whole: wholeOf(Buffer.from(JSON.stringify(SAID))),
  piece: chunked(DELTA_OF_MESSAGE),
  ...ends(FIRST_OF_MESSAGE, LAST_OF_MESSAGE),
};
const EMBEDDINGS = { ...CHAT, whole: wholeOf(Buffer.from(JSON.stringify(VECTOR))) };

function formOf(text: string): typeof CHAT {
  if (text.includes('"anthropic/')) return MESSAGES;
  if (text.includes('text-embedding')) return EMBEDDINGS;
  return text.includes('"input":') ? RESPONSES : CHAT;
}

function ends(first: string, last: string) {
  return { first: first && chunked(first), last: `${chunked(last)}0\r\n\r\n` };
}

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

interface Wanted {
  form: typeof CHAT;
  waitMs: number;
  pieces: number;
  apartMs: number;
}

/** Searches the text without parsing it, because the upstream is not what is measured. */
function wantedBy(body: string): Wanted {
  const text =
    body.length < HEAD_BYTES + TAIL_BYTES
      ? body
      : body.slice(0, HEAD_BYTES) + body.slice(body.length - TAIL_BYTES);
  const number = (name: string) => Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1] ?? 0);
  const isStream = /"stream":\s*true/.test(text);
  return {
    form: formOf(text),
    waitMs: number('wait'),
    // A plan that sells money asks for a stream also where its caller wants one answer.
    pieces: isStream ? number('pieces') || 1 : 0,
    apartMs: number('apart'),
  };
}

function answer(socket: Socket, { form, pieces, apartMs }: Wanted): void {
  if (pieces === 0) {
    socket.write(form.whole);
    return;
  }
  if (apartMs === 0) {
    socket.write(STREAM_HEAD + form.first + form.piece.repeat(pieces) + form.last);
    return;
  }
  socket.write(STREAM_HEAD + form.first);
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(form.piece);
    if (++sent < pieces && !socket.destroyed) return;
    clearInterval(timer);
    socket.write(form.last);
  }, apartMs);
}

/** Serves the requests of a connection, one after another. */
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
