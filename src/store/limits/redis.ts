// The connection to the Redis that replicas count in together. It is there or it is away, and whoever asks is told at
// once: nothing waits for a Redis that is away, and nothing is kept for it. It comes back by itself.

import type { createClient } from '@redis/client';
import { within } from '../database/within.js';

export type RedisClient = ReturnType<typeof createClient>;

export interface Redis {
  /** Null where Redis is away, or does not answer in time. Whether the command was carried out is then not known. */
  ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply | null>;
  isThere(): boolean;
  /** Called each time when Redis is there again. */
  whenBack(act: () => void): void;
  close(): void;
}

/** A busy Redis answers in a millisecond. After so many looks without any answer, requests are not kept waiting. */
const MOST_SILENT_LOOKS = 5;
/** A process that is itself behind looks less often: what is late because of it is not Redis's fault. */
const LOOK_MS = 50;
const CONNECT_MS = 3_000;
const RETRY_MS = 1_000;

/** One that takes no writes or no scripts is no use. */
const PROBE = "return redis.call('SET', KEYS[1], '', 'EX', 60)";

export interface RedisTold {
  back(): void;
  away(error: unknown): void;
}

/** Tries to connect once before it returns. A Redis that is away keeps no process from starting. */
export async function openRedis(url: string, told: RedisTold): Promise<Redis> {
  // Loaded only where it is used: it takes 18 MiB.
  const { createClient } = await import('@redis/client');
  let current: RedisClient | null = null;
  /** The one that is there, or the last that was tried. */
  let latest: RedisClient | undefined;
  let isToldAway = false;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  const listeners: Array<() => void> = [];
  let waiting = 0;
  let answered = 0;
  let look: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const client: RedisClient = createClient({
      url,
      // All of that is done here, so that an answer that does not come is treated as a connection that breaks.
      socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS },
      disableOfflineQueue: true,
      commandOptions: { timeout: 0 },
      maintNotifications: 'disabled',
    }) as RedisClient;
    latest = client;
    client.on('error', error => lost(client, error));
    try {
      await within(
        CONNECT_MS,
        client.connect().then(() => client.eval(PROBE, { keys: ['sahm:probe'] })),
      );
    } catch (error) {
      return lost(client, error);
    }
    if (isClosed) return client.destroy();
    current = client;
    isToldAway = false;
    told.back();
    for (const act of listeners) act();
  }

  function lost(client: RedisClient, error: unknown): void {
    if (client.isOpen) client.destroy();
    if (client !== latest) return;
    current = null;
    if (isClosed) return;
    if (!isToldAway) told.away(error);
    isToldAway = true;
    clearTimeout(retry);
    retry = setTimeout(() => void connect(), RETRY_MS).unref();
  }

  /** While something waits, sees to it that answers come. */
  function watch(client: RedisClient, seen = answered, silentLooks = 0): void {
    look = setTimeout(() => {
      look = undefined;
      if (waiting === 0) return;
      const silent = answered === seen ? silentLooks + 1 : 0;
      if (silent < MOST_SILENT_LOOKS) return watch(client, answered, silent);
      lost(client, new Error('it does not answer'));
    }, LOOK_MS).unref();
  }

  await connect();
  return {
    async ask(command) {
      const client = current;
      if (client === null) return null;
      waiting += 1;
      if (!look) watch(client);
      try {
        return await command(client);
      } catch (error) {
        lost(client, error);
        return null;
      } finally {
        waiting -= 1;
        answered += 1;
      }
    },
    isThere: () => current !== null,
    whenBack: act => void listeners.push(act),
    close() {
      isClosed = true;
      clearTimeout(retry);
      if (latest?.isOpen) latest.destroy();
      current = null;
    },
  };
}
