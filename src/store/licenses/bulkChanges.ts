// Changes of many licenses at once: what came of one is kept under its name, so that a repetition changes nothing.

import { type Actor, writeAudit } from '../admin/audit.js';
import { inTransaction } from '../database/transaction.js';
import type { Prisma, PrismaClient } from '../generated/client.js';
import { digestOf } from '../secrets/randomSecret.js';
import type { Bytes } from '../secrets/seal.js';

export interface BulkStore {
  /** `name` is the caller's name for the change. `asked` has the whole request. */
  begin(name: string, asked: string): Promise<BulkBegun>;
  end(name: string, outcomes: object, counts: Prisma.InputJsonObject, by: Actor): Promise<void>;
}

export type BulkBegun =
  | { kind: 'begun' }
  /** It was done before, with these outcomes. */
  | { kind: 'done'; outcomes: unknown }
  | { kind: 'under_way' }
  /** The name was used for something else. */
  | { kind: 'mismatch' };

const KEPT_DAYS = 30;
/** After this time the process was killed, and a repetition continues the change. */
const LONGEST_MINUTES = 10;

export function createBulkStore(prisma: PrismaClient): BulkStore {
  return {
    async begin(name, asked) {
      const digest = digestOf(name);
      const fingerprint = digestOf(asked);
      await prisma.$executeRaw`
        DELETE FROM bulk_change WHERE begun_at < sahm_now() - ${KEPT_DAYS}::int * interval '1 day'`;
      // A repetition continues after a kill. Lines that it does again have the same effect.
      const begun = await prisma.$executeRaw`
        INSERT INTO bulk_change AS one (key_digest, fingerprint) VALUES (${digest}, ${fingerprint})
        ON CONFLICT (key_digest) DO UPDATE SET begun_at = sahm_now()
        WHERE one.fingerprint = excluded.fingerprint AND one.outcomes IS NULL
          AND one.begun_at < sahm_now() - ${LONGEST_MINUTES}::int * interval '1 minute'`;
      if (begun > 0) return { kind: 'begun' };
      const [found] = await prisma.$queryRaw<Array<{ fingerprint: Bytes; outcomes: unknown }>>`
        SELECT fingerprint, outcomes FROM bulk_change WHERE key_digest = ${digest}`;
      if (!found) return { kind: 'under_way' };
      if (!Buffer.from(found.fingerprint).equals(fingerprint)) return { kind: 'mismatch' };
      return found.outcomes === null
        ? { kind: 'under_way' }
        : { kind: 'done', outcomes: found.outcomes };
    },
    end: (name, outcomes, counts, by) =>
      inTransaction(prisma, async transaction => {
        const keyDigest = digestOf(name);
        await transaction.bulkChange.update({
          where: { keyDigest },
          data: { outcomes: outcomes as Prisma.InputJsonObject },
        });
        await writeAudit(transaction, by, {
          action: 'license.bulk',
          subject: 'licenses',
          after: counts,
        });
      }),
  };
}
