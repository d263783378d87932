import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can hold back what its clients send. */
export interface StallingProxy {
  port: number;
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const clients = new Set<Socket>();
  let isStalled = false;
  const server = createServer(client => {
    const target = connect(targetPort, '127.0.0.1');
    clients.add(client);
    client.on('data', chunk => void target.write(chunk));
    target.on('data', chunk => void client.write(chunk));
    for (const socket of [client, target]) {
      socket.setNoDelay().on('error', () => {});
      socket.on('close', () => {
        clients.delete(client);
        client.destroy();
        target.destroy();
      });
    }
    if (isStalled) client.pause();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      isStalled = true;
      for (const client of clients) client.pause();
    },
    resume() {
      isStalled = false;
      for (const client of clients) client.resume();
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
