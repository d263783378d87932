import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { LEAST_BYTES_A_WINDOW, LOOKS_A_WINDOW } from '../../../src/http/kernel/bodyPace.js';
import { Connections } from '../../../src/http/kernel/connections.js';
import { unacknowledgedBytes } from '../../../src/http/kernel/unacknowledged.js';
import { countTurns } from '../../harness/turns.js';

/** More than the system keeps for a client. */
const BYTES = 64 * 1024 * 1024;
/** Without it, a fault would keep the test going for ever. */
const MOST_TRIES = 5_000;

interface Handle {
  fd: number;
  bytesWritten: number;
  writeQueueSize: number;
}

/** A client that has read a little of a large answer, and the connection as the service sees it. */
async function readingSlowly() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [socket] = (await once(server, 'connection')) as [Socket];
  const connections = new Connections(
    10,
    () => {},
    () => {},
  );
  connections.add(socket);
  socket.on('error', () => {});
  socket.write(Buffer.alloc(BYTES));
  const { _handle: handle } = socket as unknown as { _handle: Handle };
  client.on('error', () => {});
  const close = () => {
    client.destroy();
    socket.destroy();
    server.close();
  };
  return { client, socket, handle, connections, close };
}

/** Reads about so many bytes. */
function read(client: Socket, bytes: number): Promise<void> {
  return new Promise(resolve => {
    let taken = 0;
    const take = (piece: Buffer) => {
      taken += piece.length;
      if (taken < bytes) return;
      client.off('data', take).pause();
      resolve();
    };
    client.on('data', take).resume();
  });
}

/** What the client's system has acknowledged. */
async function bytesTaken({ fd, bytesWritten, writeQueueSize }: Handle): Promise<number> {
  const kept = await unacknowledgedBytes([fd]);
  return bytesWritten - writeQueueSize - (kept.get(fd) ?? 0);
}

describe('is closed, and the system keeps nothing more for it', () => {
  test.each([
    ['whoever takes nothing of an answer', 0],
    ['whoever takes only a little at each look', 4 * 1024],
  ])('%s', async (_name, bytes) => {
    const { client, socket, handle, connections, close } = await readingSlowly();
    const closed = new Promise(resolve => client.once('close', resolve));
    let handedOver = 0;
    // At first the system itself still takes some of it.
    for (let look = 0; look < MOST_TRIES && !socket.destroyed; look++) {
      if (bytes > 0) client.read(Math.min(bytes, client.readableLength));
      handedOver = handle.bytesWritten - handle.writeQueueSize;
      await connections.closeStalled();
      await sleep(1);
    }
    expect(socket.destroyed).toBe(true);
    // After an end in order it could still read all that the system had kept.
    client.resume();
    await closed;
    expect(client.bytesRead).toBeLessThan(handedOver / 2);
    close();
  });
});

(process.platform === 'linux' ? test : test.skip)(
  'whoever reads slowly is not, also if the system takes nothing more for a long time',
  async () => {
    const { client, socket, handle, connections, close } = await readingSlowly();
    let unmoved = 0;
    for (let look = 0; look < 3 * LOOKS_A_WINDOW; look++) {
      const before = handle.writeQueueSize;
      const enough = (await bytesTaken(handle)) + LEAST_BYTES_A_WINDOW;
      // The client's system makes room in steps of some hundred kilobytes, and says so when it likes.
      for (let tries = 0; (await bytesTaken(handle)) < enough && tries < MOST_TRIES; tries++)
        await read(client, 64 * 1024);
      if (handle.writeQueueSize === before) unmoved += 1;
      await connections.closeStalled();
      expect(socket.destroyed).toBe(false);
    }
    expect(unmoved).toBeGreaterThan(0);
    close();
  },
);

test('the next answers of many connections begin in different turns of the event loop, so that nobody waits for all', async () => {
  const MANY = 5;
  const turns = countTurns();
  const begun: number[] = [];
  const connections = new Connections(
    MANY,
    response => {
      begun.push(turns.now());
      response.end(Buffer.alloc(200 * 1024));
    },
    () => {},
  );
  const server = createHttpServer((_request, response) => connections.use(response));
  server.on('connection', socket => connections.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = Array.from({ length: MANY }, () => connect(port, '127.0.0.1').resume());
  for (const client of asked) client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  // After two answers a third waits until the system says that they are taken.
  for (const client of asked)
    for (let tries = 0; client.bytesRead < 400 * 1024 && tries < MOST_TRIES; tries++)
      await sleep(1);
  expect(begun).toHaveLength(2 * MANY);

  await connections.closeStalled();
  turns.stop();
  const third = begun.slice(2 * MANY);
  expect(third).toHaveLength(MANY);
  expect(new Set(third).size).toBe(MANY);
  for (const client of asked) client.destroy();
  server.close();
});
