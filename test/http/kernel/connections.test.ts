import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Connections } from '../../../src/http/kernel/connections.js';

/** More than the system keeps for a client. */
const BYTES = 64 * 1024 * 1024;
const MOST_LOOKS = 10;

/** A client that has read a little of a large answer, and the connection as the service sees it. */
async function readingSlowly() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [socket] = (await once(server, 'connection')) as [Socket];
  const connections = new Connections(10, () => {});
  connections.add(socket);
  socket.on('error', () => {});
  socket.write(Buffer.alloc(BYTES));
  client.on('error', () => {});
  const close = () => {
    client.destroy();
    socket.destroy();
    server.close();
  };
  return { client, socket, connections, close };
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

test('whoever takes nothing of an answer is closed', async () => {
  const { socket, connections, close } = await readingSlowly();
  // At first the system itself still takes some of it.
  while (!socket.destroyed) {
    connections.closeStalled();
    await sleep(1);
  }
  close();
});

(process.platform === 'linux' ? test : test.skip)(
  'whoever reads slowly is not, also if the system takes nothing more for a long time',
  async () => {
    const { client, socket, connections, close } = await readingSlowly();
    const handle = (socket as unknown as { _handle: { writeQueueSize: number } })._handle;
    let unmoved = 0;
    for (let look = 0; look < 6 * MOST_LOOKS; look++) {
      const before = handle.writeQueueSize;
      await read(client, 100 * 1024);
      await sleep(5);
      if (handle.writeQueueSize === before) unmoved += 1;
      connections.closeStalled();
      expect(socket.destroyed).toBe(false);
    }
    expect(unmoved).toBeGreaterThan(0);
    close();
  },
);
