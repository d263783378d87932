// A TCP proxy that does to connections what networks do.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FaultProxy {
  port: number;
  /** Holds back what clients send. */
  stall(): void;
  /** Stalls with the next piece of a client that holds this text; that piece is held back too. Resolves then. */
  stallAt(text: string): Promise<void>;
  /** Holds back what both sides send, as if a host had vanished. */
  swallow(): void;
  /** Waits this long before each piece of data, in both directions. */
  delay(ms: number): void;
  /** New connections are reset at once. */
  refuse(): void;
  /** Breaks every connection by an RST. */
  reset(): void;
  /** Each connection passes on so many more bytes of the target, and is then reset. */
  cutReplies(afterBytes: number): void;
  /** Ends all faults. Bytes that were held back are passed on. */
  resume(): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  target: Socket;
  /** Bytes of the target that still pass. */
  passes: number;
}

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let isStalled = false;
  let isSwallowing = false;
  let isRefusing = false;
  let delayMs = 0;
  let awaited: { text: string; seen(): void } | undefined;

  function stall(): void {
    isStalled = true;
    for (const { client } of pairs) client.pause();
  }

  /** Takes back the piece that was awaited. */
  function isHeldBack(client: Socket, piece: Buffer): boolean {
    if (!awaited || !piece.includes(awaited.text)) return false;
    const { seen } = awaited;
    awaited = undefined;
    stall();
    client.unshift(piece);
    seen();
    return true;
  }

  function breakOff({ client, target }: Pair): void {
    client.resetAndDestroy();
    target.resetAndDestroy();
  }

  /** Passes data on in its order, also if the delay changes meanwhile. */
  function passOn(from: Socket, to: Socket, allowed: (chunk: Buffer) => Buffer | undefined): void {
    let last: Promise<void> | undefined;
    from.on('data', chunk => {
      const piece = allowed(chunk as Buffer);
      if (!piece) return;
      if (delayMs === 0 && !last) return void to.write(piece);
      const mine = (last ?? Promise.resolve())
        .then(() => sleep(delayMs))
        .then(() => {
          if (last === mine) last = undefined;
          if (!to.destroyed) to.write(piece);
        });
      last = mine;
    });
  }

  const server = createServer(client => {
    client.on('error', () => {});
    if (isRefusing) return void client.resetAndDestroy();
    const target = connect(targetPort, '127.0.0.1');
    const pair: Pair = { client, target, passes: Number.POSITIVE_INFINITY };
    pairs.add(pair);
    passOn(client, target, chunk => (isHeldBack(client, chunk) ? undefined : chunk));
    passOn(target, client, chunk => {
      pair.passes -= chunk.length;
      if (pair.passes >= 0) return chunk;
      const rest = chunk.subarray(0, Math.max(0, chunk.length + pair.passes));
      if (rest.length === 0) breakOff(pair);
      else client.write(rest, () => breakOff(pair));
      return undefined;
    });
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      socket.setNoDelay().on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        other.destroySoon();
      });
    }
    if (isStalled) client.pause();
    if (isSwallowing) target.pause();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall,
    stallAt: text =>
      new Promise(resolve => {
        awaited = { text, seen: resolve };
      }),
    swallow() {
      isStalled = true;
      isSwallowing = true;
      for (const { client, target } of pairs) for (const socket of [client, target]) socket.pause();
    },
    delay(ms) {
      delayMs = ms;
    },
    refuse() {
      isRefusing = true;
    },
    reset() {
      for (const pair of pairs) breakOff(pair);
    },
    cutReplies(afterBytes) {
      for (const pair of pairs) pair.passes = afterBytes;
    },
    resume() {
      isStalled = false;
      isSwallowing = false;
      isRefusing = false;
      delayMs = 0;
      for (const pair of pairs) {
        pair.passes = Number.POSITIVE_INFINITY;
        pair.client.resume();
        pair.target.resume();
      }
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const { client } of pairs) client.destroy();
      await closed;
    },
  };
}
