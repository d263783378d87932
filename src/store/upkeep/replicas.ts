// The processes that serve from one database know of each other by a row each, which they renew. So a process whose
// settings differ from those of the others is told so, or does not begin to serve.

import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from '../database/queries.js';
import { StartError } from '../database/startError.js';
import { inTransaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';

/** Settings by the name of their variable. For a secret, the value is a fingerprint made with the pepper. */
export type SharedSettings = Record<string, string>;

/** Two fingerprints. Those of different peppers differ also where the secrets are the same. */
const FINGERPRINT = /^[0-9a-f]{16} [0-9a-f]{16}$/;

export interface ReplicaState {
  name: string;
  settings: SharedSettings;
}

export interface Beat {
  others: ReplicaState[];
  /** How far this process's clock is ahead of the database's, beyond what asking took. */
  clockAheadMs: number;
}

export interface Membership {
  /** Renews the row, and looks at the others. */
  beat(settings: SharedSettings): Promise<Beat>;
  leave(): Promise<void>;
}

/** How often a process renews its row, and for how long a row that is not renewed counts. */
export const BEAT_MS = 10_000;
const ALIVE = '25 seconds';
const ASKED_AGAIN_MS = 1_000;
const FORGOTTEN = '1 day';

/**
 * Begins to serve beside the others. A process that agrees on `mustAgree` with another one that lives begins at once.
 * Otherwise it waits: a row may be of a process that was killed, and then nobody renews it.
 * @throws StartError where another one lives, and differs.
 */
export async function joinReplicas(
  prisma: PrismaClient,
  { name, settings, mustAgree }: ReplicaState & { mustAgree: string[] },
  pauseMs = ASKED_AGAIN_MS,
): Promise<Membership> {
  const id = uuidv7();
  const known = new Map<string, number>();
  for (;;) {
    const against = await inTransaction(prisma, async transaction => {
      // Of two that begin at once, the later one sees the earlier.
      await transaction.$executeRaw`LOCK TABLE replica IN SHARE ROW EXCLUSIVE MODE`;
      await transaction.$executeRaw`
        DELETE FROM replica WHERE seen_at < sahm_now() - ${FORGOTTEN}::interval`;
      const others = await readOthers(transaction, id);
      const against = others.filter(other => differingNames(mustAgree, settings, other).length > 0);
      if (against.length === 0) await renew(transaction, id, name, settings);
      return against;
    });
    const living = against.find(other => (known.get(other.id) ?? other.seenAt) < other.seenAt);
    if (living) throw new StartError(refusal(mustAgree, settings, living));
    if (against.length === 0) break;
    for (const other of against) known.set(other.id, known.get(other.id) ?? other.seenAt);
    await sleep(pauseMs);
  }
  return {
    async beat(now) {
      const askedAt = Date.now();
      const databaseAt = await renew(prisma, id, name, now);
      const tookMs = Date.now() - askedAt;
      const aheadMs = askedAt + tookMs / 2 - databaseAt;
      return {
        others: await readOthers(prisma, id),
        clockAheadMs: Math.sign(aheadMs) * Math.max(0, Math.abs(aheadMs) - tookMs / 2),
      };
    },
    async leave() {
      await prisma.$executeRaw`DELETE FROM replica WHERE id = ${id}::uuid`;
    },
  };
}

/** The processes that serve from this database now. */
export function readReplicas(db: Queryable): Promise<ReplicaState[]> {
  return readOthers(db, null);
}

/** The names of settings that differ from those of another process. */
export function differingNames(
  names: string[],
  own: SharedSettings,
  { settings }: Pick<ReplicaState, 'settings'>,
): string[] {
  const isComparable = (name: string) =>
    own.KEY_PEPPER === settings.KEY_PEPPER ||
    name === 'KEY_PEPPER' ||
    !FINGERPRINT.test(`${own[name]} ${settings[name]}`);
  // A release that does not know a setting yet says nothing about it.
  const known = names.filter(name => name in own && name in settings);
  return known.filter(name => own[name] !== settings[name] && isComparable(name));
}

function refusal(names: string[], own: SharedSettings, other: ReplicaState): string {
  const differences = differingNames(names, own, other)
    .map(name => `${name} is ${own[name]} here, and ${other.settings[name]} in ${other.name}`)
    .join('; ');
  return `${differences}, which serves from the same database. Give all processes the same value; to change it, stop all of them first.`;
}

/** Returns the database's time, in milliseconds since 1970: its real clock, which no test shifts. */
async function renew(
  db: Queryable,
  id: string,
  name: string,
  settings: SharedSettings,
): Promise<number> {
  const [row] = await db.$queryRaw<[{ now: number }]>`
    INSERT INTO replica (id, name, settings, started_at, seen_at)
    VALUES (${id}::uuid, ${name}, ${JSON.stringify(settings)}::jsonb, sahm_now(), sahm_now())
    ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, seen_at = excluded.seen_at
    RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
  return row.now;
}

interface Other extends ReplicaState {
  id: string;
  /** In milliseconds since 1970. */
  seenAt: number;
}

async function readOthers(db: Queryable, id: string | null): Promise<Other[]> {
  return db.$queryRaw<Other[]>`
    SELECT id::text, name, settings, (extract(epoch FROM seen_at) * 1000)::float8 AS "seenAt"
    FROM replica
    WHERE id IS DISTINCT FROM ${id}::uuid AND seen_at > sahm_now() - ${ALIVE}::interval
    ORDER BY id`;
}
