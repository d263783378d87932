// The clients of the benchmark: kept-alive connections. Each sends the next request as soon as it has an answer. They
// use bare sockets, because a client library would take processor time from the measured server.

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadResult {
  requests: number;
  /** Answers with a status other than 200. */
  failures: number;
  seconds: number;
  /** Milliseconds until the whole answer and until its first byte of content, sorted. */
  wholeMs: Float64Array;
  firstMs: Float64Array;
}

export interface Load {
  port: number;
  /** A whole HTTP request. */
  bytes: Buffer;
  connections: number;
  /** The first requests are spread over this time. */
  spreadMs?: number | undefined;
  forMs: number;
}

/** A POST with a JSON body, as bytes. */
export function requestBytes(path: string, body: object, headers: object = {}): Buffer {
  const text = Buffer.from(JSON.stringify(body));
  const lines = Object.entries({
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    'Content-Length': text.length,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), text]);
}

/** Sends requests for this long. Requests that are under way at the end are awaited and counted. */
export async function runLoad({
  port,
  bytes,
  connections,
  spreadMs = 0,
  forMs,
}: Load): Promise<LoadResult> {
  const whole: number[] = [];
  const first: number[] = [];
  let failures = 0;
  const begun = performance.now();
  const endsAt = begun + forMs;
  const client = async (_: unknown, place: number) => {
    const connection = await openConnection(port);
    await sleep((spreadMs * place) / connections);
    while (performance.now() < endsAt) {
      const asked = performance.now();
      const answer = await connection.ask(bytes);
      if (answer.status !== 200) failures++;
      whole.push(performance.now() - asked);
      first.push(answer.firstAt - asked);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return {
    requests: whole.length,
    failures,
    seconds: (performance.now() - begun) / 1000,
    wholeMs: Float64Array.from(whole).sort(),
    firstMs: Float64Array.from(first).sort(),
  };
}

/** A percentile: the value below which the share `at` of the sorted values lies. */
export function percentile(sorted: Float64Array, at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

interface Answer {
  status: number;
  firstAt: number;
}

interface Connection {
  ask(bytes: Buffer): Promise<Answer>;
  close(): void;
}

function openConnection(port: number): Promise<Connection> {
  return new Promise((opened, failed) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', failed);
    socket.once('connect', () => opened(connectionOn(socket)));
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

function connectionOn(socket: Socket): Connection {
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  let received: Buffer = Buffer.alloc(0);
  let status = 0;
  let firstAt = 0;
  /** Where the answer ends, known once its head is read; -1 for a chunked answer. */
  let endsAt = 0;

  function take(chunk: Buffer): void {
    if (status === 0) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      endsAt = length === undefined ? -1 : headEnd + HEAD_END.length + Number(length);
      if (received.length > headEnd + HEAD_END.length) firstAt = performance.now();
    } else {
      if (firstAt === 0) firstAt = performance.now();
      // For a chunked answer, only the end matters.
      received = endsAt < 0 ? lastOf(received, chunk) : Buffer.concat([received, chunk]);
    }
    const isWhole =
      endsAt < 0
        ? received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
        : received.length >= endsAt;
    if (!isWhole) return;
    const answer = { status, firstAt };
    received = Buffer.alloc(0);
    status = 0;
    firstAt = 0;
    waiting?.resolve(answer);
  }

  socket.on('data', take);
  socket.on('error', error => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return {
    ask: bytes =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(bytes);
      }),
    close() {
      waiting = undefined;
      socket.destroy();
    },
  };
}

function lastOf(received: Buffer, chunk: Buffer): Buffer {
  return chunk.length >= LAST_CHUNK.length
    ? chunk
    : Buffer.concat([received.subarray(-LAST_CHUNK.length), chunk]);
}
