import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readBytes } from '../../src/http/body.js';

const MOST_BYTES = 4 * 1024 * 1024;

let server: Server;

beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    const body = await readBytes(incoming, MOST_BYTES);
    if (body.kind === 'refusal') response.writeHead(413, { Connection: 'close' }).end();
    else response.end(body.bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

/** Sends the bytes in pieces, each in a turn of its own; gives what came back. */
async function echo(bytes: Buffer, pieceBytes: number, headers: Record<string, number>) {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, method: 'POST', headers });
  sent.on('error', () => {});
  const answered = once(sent, 'response');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    sent.write(bytes.subarray(at, at + pieceBytes));
    await new Promise(resolve => setImmediate(resolve));
  }
  sent.end();
  const [response] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode as number, bytes: Buffer.concat(chunks) };
}

describe('the bytes of a body arrive as they were sent', () => {
  const sizes = [0, 1, 1_000, 70_000, 3_000_001, MOST_BYTES];
  test.each(sizes)('%i bytes in pieces, their length said before', async size => {
    const bytes = randomBytes(size);
    const answer = await echo(bytes, 50_021, { 'content-length': size });
    expect(answer.bytes.equals(bytes)).toBe(true);
  });

  test.each(sizes)('%i bytes in pieces, nothing said before', async size => {
    const bytes = randomBytes(size);
    const answer = await echo(bytes, 50_021, {});
    expect(answer.bytes.equals(bytes)).toBe(true);
  });

  test('one byte too many is refused, whether it was said before or not', async () => {
    const bytes = randomBytes(MOST_BYTES + 1);
    expect((await echo(bytes, 50_021, { 'content-length': bytes.length })).status).toBe(413);
    expect((await echo(bytes, 50_021, {})).status).toBe(413);
  });
});
