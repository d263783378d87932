import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readChatJson } from '../../../src/http/kernel/body.js';
import { strangersBodies } from '../../../src/http/kernel/bodyBudget.js';
import { readBytes } from '../../../src/http/kernel/bodyBytes.js';
import { readForm } from '../../../src/http/kernel/formBody.js';

const MOST_BYTES = 4 * 1024 * 1024;
/** No divisor of anything: pieces end where no buffer does. */
const PIECE_BYTES = 50_021;

let server: Server;

/** Gives back what it was sent. */
beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    if (incoming.url === '/chat') {
      const read = await readChatJson(incoming, response, strangersBodies, 'json');
      response.end(read.kind === 'refusal' ? read.message.key : read.kind);
      return;
    }
    if (incoming.url === '/form') {
      const read = await readForm(incoming, response, strangersBodies, { lists: [], files: [] });
      response.end(read.kind === 'refusal' ? read.message.key : JSON.stringify(read.value));
      return;
    }
    const body = await readBytes(incoming, { mostBytes: MOST_BYTES });
    if (body.kind === 'refusal') response.writeHead(413, { Connection: 'close' }).end();
    else response.end(body.bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

function post(headers: Record<string, string | number>) {
  const { port } = server.address() as AddressInfo;
  return request({ host: '127.0.0.1', port, method: 'POST', headers });
}

/** Sends the bytes in pieces, each in a turn of its own; gives what came back. */
async function echo(bytes: Buffer, headers: Record<string, string | number>): Promise<Buffer> {
  const sent = post(headers);
  const answered = once(sent, 'response');
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    sent.write(bytes.subarray(at, at + PIECE_BYTES));
    await new Promise(resolve => setImmediate(resolve));
  }
  sent.end();
  const [response] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** No two pieces of it are alike. */
function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

describe('a body arrives as it was sent', () => {
  const sizes = [1, 1_000, PIECE_BYTES, 70_000, 3_000_001, MOST_BYTES];
  test.each([0, ...sizes])('%i bytes with a stated length', async size => {
    const answer = await echo(bytesOf(size), { 'content-length': size });
    expect(answer.equals(bytesOf(size))).toBe(true);
  });

  test.each(sizes)('%i bytes without a stated length', async size => {
    const answer = await echo(bytesOf(size), { 'transfer-encoding': 'chunked' });
    expect(answer.equals(bytesOf(size))).toBe(true);
  });
});

describe('one byte too many is refused', () => {
  test('by its stated length, before it arrives', async () => {
    const sent = post({ 'content-length': MOST_BYTES + 1 });
    sent.flushHeaders();
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });

  test('when it arrives, if no length was stated', async () => {
    const sent = post({ 'transfer-encoding': 'chunked' });
    sent.write(bytesOf(MOST_BYTES + 1));
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });
});

test('a string without an end is too large, and is not parsed', async () => {
  const { port } = server.address() as AddressInfo;
  const body = `{"prompt":"${'x'.repeat(6 * 1024 * 1024)}`;
  const answer = await fetch(`http://127.0.0.1:${port}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  expect(await answer.text()).toBe('body_too_complex');
});

describe('a form with a large part that is no field of it is answered, without that part', () => {
  test.each([
    ['a name with a line break', "form-data; name=b; filename*=utf-8''a%0Ab"],
    ['no field at all', 'attachment'],
  ])('%s', async (_name, disposition) => {
    const { port } = server.address() as AddressInfo;
    const part = (head: string, text: string) =>
      `--x\r\nContent-Disposition: ${head}\r\n\r\n${text}\r\n`;
    const answer = await fetch(`http://127.0.0.1:${port}/form`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: `${part('form-data; name=a', 'text')}${part(disposition, 'y'.repeat(100_000))}--x--\r\n`,
    });
    expect(await answer.json()).toEqual({ a: 'text' });
  });
});
