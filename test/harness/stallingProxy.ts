import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can hold back what its clients send, or what both sides send. */
export interface StallingProxy {
  port: number;
  stall(): void;
  /** Drops data in both directions, as if a host had vanished. */
  swallow(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const clients = new Set<Socket>();
  const targets = new Set<Socket>();
  let isStalled = false;
  let isSwallowing = false;
  const server = createServer(client => {
    const target = connect(targetPort, '127.0.0.1');
    clients.add(client);
    targets.add(target);
    client.on('data', chunk => void target.write(chunk));
    target.on('data', chunk => void client.write(chunk));
    for (const socket of [client, target]) {
      socket.setNoDelay().on('error', () => {});
      socket.on('close', () => {
        clients.delete(client);
        targets.delete(target);
        client.destroy();
        target.destroy();
      });
    }
    if (isStalled) client.pause();
    if (isSwallowing) target.pause();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      isStalled = true;
      for (const client of clients) client.pause();
    },
    swallow() {
      isStalled = true;
      isSwallowing = true;
      for (const socket of [...clients, ...targets]) socket.pause();
    },
    resume() {
      isStalled = false;
      isSwallowing = false;
      for (const socket of [...clients, ...targets]) socket.resume();
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
