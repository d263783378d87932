// Responses that are kept for later calls of the same license, sealed (docs/decisions/0070). A row counts while its
// hold is posted, so that it can be written while that is settled.

import type { KeptNames, KeptResponse, ResponseToKeep } from '../../domain/native.js';
import { inBatches } from '../database/batches.js';
import type { Queries } from '../database/directQueries.js';
import { Prisma } from '../generated/client.js';
import { groupCommit } from '../ledger/groupCommit.js';
import { leastRecentlyUsed } from '../limits/leastRecentlyUsed.js';
import { type Bytes, createSeal } from '../secrets/seal.js';

/** About the most responses of one license. The oldest are removed first. */
const MOST_RESPONSES = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;
/** So much more of a license may come before it is counted again, which reads all that it has. */
const COUNTED_AFTER = 32;
const COUNTED_AFTER_BYTES = 8 * 1024 * 1024;
const MOST_LICENSES = 10_000;

export interface KeptResponses {
  /** False where nothing is kept at all. */
  isOn: boolean;
  /** `id` is the hold's. */
  keep(id: string, licenseId: string, response: ResponseToKeep): Promise<void>;
  /** What of these is kept for this license, oldest first; inputs only of those that are named by their id. */
  find(licenseId: string, names: KeptNames): Promise<KeptResponse[]>;
  /** Whether there was one. */
  remove(licenseId: string, id: string): Promise<boolean>;
  /** Removes those whose time is over, and those of revoked licenses; returns how many. */
  prune(most: number): Promise<number>;
}

export function createKeptResponses({
  queries,
  encryptionKey,
  retentionHours,
  notRemoved,
}: {
  queries: Queries;
  /** 32 bytes. */
  encryptionKey: Buffer;
  /** 0 keeps nothing. */
  retentionHours: number;
  /** Told where a license has more than it may, and that could not be mended: the next time it is tried again. */
  notRemoved(error: unknown): void;
}): KeptResponses {
  const seal = createSeal(encryptionKey);
  const insert = groupCommit((rows: Row[]) => insertAll(queries, rows), { most: 32 });
  const surplus = createSurplus();
  const isOver = Prisma.sql`created_at <= sahm_now() - ${retentionHours}::int * interval '1 hour'`;
  return {
    isOn: retentionHours > 0,
    async keep(id, licenseId, { itemIds, response, input }) {
      const sealed = seal.close(response, `response ${id}`);
      const sealedInput = input && seal.close(input, `input ${id}`);
      await insert({ id, licenseId, itemIds, response: sealed, input: sealedInput });
      if (surplus.isDue(licenseId, response.length + (input?.length ?? 0))) {
        void removeSurplus(queries, licenseId).catch(notRemoved);
      }
    },
    async find(licenseId, { id, itemIds }) {
      const named = Prisma.sql`kept.id = ${id ?? null}::uuid`;
      const referred =
        itemIds.length > 0 ? Prisma.sql`OR item_ids && ${itemIds}::text[]` : Prisma.empty;
      const rows = await queries.$queryRaw<
        Array<{ id: string; response: Uint8Array; input: Uint8Array | null }>
      >(Prisma.sql`
SELECT kept.id::text, response, CASE WHEN ${named} THEN input END AS input
FROM kept_response kept JOIN hold ON hold.id = kept.id AND hold.state = 'posted'
WHERE kept.license_id = ${licenseId}::uuid AND (${named} ${referred})
  AND NOT kept.${isOver}
ORDER BY kept.created_at, kept.id`);
      return rows.map(row => ({
        id: row.id,
        response: seal.open(row.response, `response ${row.id}`),
        input: row.input && seal.open(row.input, `input ${row.id}`),
      }));
    },
    async remove(licenseId, id) {
      const rows = await queries.$queryRaw<unknown[]>`
DELETE FROM kept_response kept USING hold
WHERE kept.id = ${id}::uuid AND kept.license_id = ${licenseId}::uuid
  AND hold.id = kept.id AND hold.state = 'posted'
RETURNING kept.id`;
      return rows.length > 0;
    },
    prune: most =>
      inBatches(most, async limit => {
        const rows = await queries.$queryRaw<unknown[]>(Prisma.sql`
DELETE FROM kept_response WHERE id IN (
  SELECT id FROM kept_response
  WHERE ${isOver} OR license_id IN (SELECT id FROM license WHERE state = 'revoked')
  ORDER BY created_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
RETURNING id`);
        return rows.length;
      }),
  };
}

interface Row {
  id: string;
  licenseId: string;
  itemIds: string[];
  response: Bytes;
  input: Bytes | null;
}

async function insertAll(queries: Queries, rows: Row[]): Promise<true[]> {
  const values = rows.map(
    ({ id, licenseId, itemIds, response, input }) =>
      Prisma.sql`(${id}::uuid, ${licenseId}::uuid, ${itemIds}::text[], ${response}::bytea, ${input}::bytea, sahm_now())`,
  );
  await queries.$queryRaw(Prisma.sql`
INSERT INTO kept_response (id, license_id, item_ids, response, input, created_at) VALUES ${Prisma.join(values)}`);
  return rows.map(() => true);
}

/** Says when a license has to be counted: at its first response in this process, and after some more. */
function createSurplus() {
  const since = leastRecentlyUsed<{ responses: number; bytes: number }>(MOST_LICENSES);
  return {
    isDue(licenseId: string, bytes: number): boolean {
      const known = since.get(licenseId);
      const sum = { responses: (known?.responses ?? 0) + 1, bytes: (known?.bytes ?? 0) + bytes };
      const isDue = !known || sum.responses >= COUNTED_AFTER || sum.bytes >= COUNTED_AFTER_BYTES;
      since.set(licenseId, isDue ? { responses: 0, bytes: 0 } : sum);
      return isDue;
    },
  };
}

async function removeSurplus(queries: Queries, licenseId: string): Promise<void> {
  await queries.$queryRaw`
DELETE FROM kept_response WHERE id IN (
  SELECT id FROM kept_response WHERE id IN (
    SELECT id FROM (
      SELECT id, row_number() OVER newest_first AS place,
        sum(octet_length(response) + coalesce(octet_length(input), 0)) OVER newest_first AS bytes
      FROM kept_response WHERE license_id = ${licenseId}::uuid
      WINDOW newest_first AS (ORDER BY created_at DESC, id DESC)
    ) each WHERE place > ${MOST_RESPONSES}::int OR bytes > ${MOST_BYTES}::int)
  FOR UPDATE SKIP LOCKED)`;
}
