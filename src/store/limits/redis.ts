// The connection to the Redis in which replicas count together. Redis is either there or away, and callers know it at
// once: nothing waits for a Redis that is away, and no commands are queued for it. It reconnects by itself.

import type { createClient } from '@redis/client';
import { within } from '../database/within.js';

export type RedisClient = ReturnType<typeof createClient>;

export interface Redis {
  /** Null if Redis is away, or does not answer in time. Then it is not known whether the command was carried out. */
  ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply | null>;
  isThere(): boolean;
  /** `act` is called each time when Redis is there again. */
  whenBack(act: () => void): void;
  close(): void;
}

/** A busy Redis answers within a millisecond. After this many checks without an answer, it counts as away. */
const MOST_SILENT_LOOKS = 5;
/** The time between checks. A process that is itself overloaded checks later, so it does not blame Redis. */
const LOOK_MS = 50;
const CONNECT_MS = 3_000;
const RETRY_MS = 1_000;

/** A Redis that accepts no writes or no scripts is of no use. */
const PROBE = "return redis.call('SET', KEYS[1], '', 'EX', 60)";

export interface RedisTold {
  back(): void;
  away(error: unknown): void;
}

/** Tries once to connect, then returns: a process must be able to start while Redis is away. */
export async function openRedis(url: string, told: RedisTold): Promise<Redis> {
  // Loaded only if Redis is used: it takes 18 MiB.
  const { createClient } = await import('@redis/client');
  let current: RedisClient | null = null;
  /** The client that is connected, or the last that was tried. */
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
      // We reconnect ourselves, so that a missing answer is treated like a broken connection.
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

  /** While commands wait, checks that answers come. */
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
