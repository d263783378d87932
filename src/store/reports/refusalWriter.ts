// Writes the refusals of licenses as rows, a second's together, off the way of the requests. However many a
// license has, only so many are kept: what is beyond is counted and left out, and takes nobody else's place.

import { databaseFaultOf } from '../../domain/databaseFault.js';
import type { KeptParameters } from '../../domain/keptRefusal.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { STATE_NOW } from '../licenses/entitlements.js';
import { LICENSE_OF_KEY } from '../licenses/keyRows.js';
import { leastRecentlyUsed } from '../limits/leastRecentlyUsed.js';

export interface NotedRefusal {
  requestId: string;
  /** The license key that came with it. Whose it is, is found out when it is written. */
  key: string;
  /** Whether a license of this key was in use lately. */
  isKnown: boolean;
  dialect: string;
  provider: string | null;
  model: string | null;
  code: string;
  reason: string;
  parameters: KeptParameters;
}

/** Why a refusal is not kept. */
export type NotKept = 'too_many_of_a_license' | 'too_many' | 'database';

export interface RefusalWriter {
  note(refusal: NotedRefusal): void;
  /** Writes what was noted. What cannot be written now is written later, while there is room for it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface RefusalWriterSettings {
  /** The digest by which the database knows a key. */
  digestOf(key: string): Uint8Array;
  notKept(why: NotKept, count: number): void;
}

const FLUSH_MS = 1_000;
const MOST_WAITING = 1_000;
/** The limit of unknown keys among those, so that strangers take no holder's place. */
const MOST_UNKNOWN = 250;
/** The most refusals of one key at once, and then per second. */
const BURST = 100;
const EACH_SECOND = 10;
const MOST_KEYS = 10_000;
/** The newest ones of a license that are kept. A few more stand until they are counted again. */
export const KEPT_REFUSALS = 1_000;
const COUNTED_AGAIN_AFTER = 100;

interface Waiting extends Omit<NotedRefusal, 'key' | 'isKnown'> {
  digest: string;
  notedAt: number;
}

interface Allowance {
  left: number;
  at: number;
}

export function createRefusalWriter(
  prisma: PrismaClient,
  { digestOf, notKept }: RefusalWriterSettings,
): RefusalWriter {
  const allowances = leastRecentlyUsed<Allowance>(MOST_KEYS);
  /** Rows of a license that were written since the older ones were removed. */
  const written = leastRecentlyUsed<number>(MOST_KEYS);
  let waiting: Waiting[] = [];
  let unknown = 0;
  let timer: NodeJS.Timeout | undefined;

  /** A bucket of tokens for each key. */
  function mayBeKept(key: string, now: number): boolean {
    const { left, at } = allowances.get(key) ?? { left: BURST, at: now };
    const refilled = Math.min(BURST, left + ((now - at) * EACH_SECOND) / 1_000);
    const isAllowed = refilled >= 1;
    allowances.set(key, { left: isAllowed ? refilled - 1 : refilled, at: now });
    return isAllowed;
  }

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const rows = waiting;
    waiting = [];
    unknown = 0;
    try {
      const counts = await insert(prisma, rows);
      for (const { licenseId, count } of counts) {
        const since = (written.get(licenseId) ?? 0) + count;
        written.set(licenseId, since % COUNTED_AGAIN_AFTER);
        if (since >= COUNTED_AGAIN_AFTER) await removeOlder(prisma, licenseId);
      }
    } catch (error) {
      const isAway = ['unavailable', 'conflict'].includes(databaseFaultOf(error) ?? '');
      const again = isAway ? rows.slice(0, MOST_WAITING - waiting.length) : [];
      waiting.unshift(...again);
      if (rows.length > again.length) notKept('database', rows.length - again.length);
      if (again.length > 0) flushSoon();
    }
  }

  function flushSoon(): void {
    timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
  }

  /** One write after another: a flush also waits for the one under way. */
  let done = Promise.resolve();
  function flush(): Promise<void> {
    done = done.then(write);
    return done;
  }

  return {
    note({ key, isKnown, ...refusal }) {
      const now = performance.now();
      if (!mayBeKept(key, now)) return notKept('too_many_of_a_license', 1);
      const isFull = waiting.length >= MOST_WAITING || (!isKnown && unknown >= MOST_UNKNOWN);
      if (isFull) return notKept('too_many', 1);
      if (!isKnown) unknown += 1;
      const digest = Buffer.from(digestOf(key)).toString('hex');
      waiting.push({ ...refusal, digest, notedAt: now });
      flushSoon();
    },
    flush,
    close: flush,
  };
}

/** Why the key was refused, as far as the license still is as it was then; see `domain/keptRefusal.ts`. */
const CAUSE = Prisma.sql`CASE
  WHEN told.code <> 'invalid_license_key' THEN '{}'::jsonb
  WHEN named_key.withdrawn_at IS NOT NULL THEN
    jsonb_build_object('cause', 'key_withdrawn', 'cause_at', ${minuteSql(Prisma.sql`named_key.withdrawn_at`)})
  WHEN license_key.valid_until <= sahm_now() THEN
    jsonb_build_object('cause', 'key_replaced', 'cause_at', ${minuteSql(Prisma.sql`license_key.valid_until`)})
  WHEN ${STATE_NOW} <> 'active' THEN jsonb_build_object('cause', 'license_' || ${STATE_NOW})
  ELSE '{}'::jsonb END`;

function minuteSql(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')`;
}

function insert(
  prisma: PrismaClient,
  rows: Waiting[],
): Promise<Array<{ licenseId: string; count: number }>> {
  const now = performance.now();
  const told = rows.map(({ notedAt, requestId: id, ...row }) => {
    return { id, age_ms: now - notedAt, ...row };
  });
  // Unknown keys are left out here.
  return prisma.$queryRaw`
WITH inserted AS (
  INSERT INTO refusal (id, license_id, at, dialect, provider, model, code, reason, parameters,
    named_key_id)
  SELECT told.id, ${LICENSE_OF_KEY}, sahm_now() - told.age_ms * interval '1 millisecond',
    told.dialect, told.provider, told.model, told.code, told.reason, told.parameters || ${CAUSE},
    license_key.named_key_id
  FROM json_to_recordset(${JSON.stringify(told)}::json) AS told(id uuid, digest text, age_ms float8,
    dialect text, provider text, model text, code text, reason text, parameters jsonb)
  JOIN license_key ON license_key.digest = decode(told.digest, 'hex')
  JOIN license ON license.id = ${LICENSE_OF_KEY}
  LEFT JOIN named_key ON named_key.id = license_key.named_key_id
  ON CONFLICT DO NOTHING
  RETURNING license_id
)
SELECT license_id AS "licenseId", count(*)::int AS count FROM inserted GROUP BY 1`;
}

/** Removes all but the newest refusals of a license. */
export function removeOlder(prisma: PrismaClient, licenseId: string): Promise<number> {
  return prisma.$executeRaw(Prisma.sql`
DELETE FROM refusal WHERE license_id = ${licenseId}::uuid AND id <= (
  SELECT id FROM refusal WHERE license_id = ${licenseId}::uuid
  ORDER BY id DESC OFFSET ${KEPT_REFUSALS}::int LIMIT 1)`);
}
