// Redemption codes: each is worth one product, once. They are shown when they are made, and kept as digests.

import { randomBytes } from 'node:crypto';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { Page, PageQuery } from '../../domain/page.js';
import { makeCode, readCode, showCode } from '../../domain/redemptionCode.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { type Actor, type Change, writeAudit, writeAudits } from '../admin/audit.js';
import { instantSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import type { RecordSettings } from './applyReport.js';
import {
  CODE_COLUMNS,
  type CodeRow,
  type CodeView,
  codeFrom,
  codeSubject,
  lockCode,
} from './codeRows.js';
import { type Redeemed, type Redeemer, redeemCode, refuseUnknownCode } from './redeemCode.js';

export type { CodeView };

export interface NewCodes {
  product: string;
  count: number;
  expiresAt?: Date | null | undefined;
  note?: string | undefined;
}

export interface CodeStore {
  /** The codes are shown this once. */
  create(wanted: NewCodes, by: Actor): Promise<{ kind: 'created'; codes: string[] } | Refusal>;
  /** Newest first. */
  list(query: PageQuery): Promise<Page<CodeView>>;
  /** Doing it twice is fine; a used code cannot be withdrawn. */
  withdraw(id: string, by: Actor): Promise<{ kind: 'withdrawn'; code: CodeView } | Refusal>;
  /** `typed` is the code as people write it. After a refusal the code is as it was. */
  redeem(typed: string, redeemer: Redeemer, by: Actor): Promise<Redeemed | Refusal>;
}

export function createCodeStore(settings: RecordSettings): CodeStore {
  const { prisma, catalog, vault } = settings;
  return {
    async create(wanted, by) {
      const { product, count, expiresAt = null, note = '' } = wanted;
      if (!catalog().products.has(product)) {
        return refuseField('product', 'the id of a product of the catalogue');
      }
      const codes = Array.from({ length: count }, () => ({
        id: uuidv7(),
        code: makeCode(randomBytes),
      }));
      return inTransaction(prisma, async transaction => {
        const rows = codes.map(({ id, code }) => {
          return { id, digest: Buffer.from(vault.digest(code)).toString('hex') };
        });
        if (!(await insertCodes(transaction, rows, { product, expiresAt, note }))) {
          return refuseField('expires_at', 'an instant in the future');
        }
        const after = { product, expires_at: expiresAt?.toISOString() ?? null, note };
        const changes = codes.map(
          ({ id }): Change => ({ action: 'code.create', subject: codeSubject(id), after }),
        );
        await writeAudits(transaction, by, changes);
        return { kind: 'created', codes: codes.map(({ code }) => showCode(code)) };
      });
    },
    list: ({ cursor, limit }) =>
      readPage(
        limit,
        most => prisma.$queryRaw<CodeRow[]>`
          SELECT ${CODE_COLUMNS} FROM redemption_code
          WHERE (${cursor ?? null}::uuid IS NULL OR id < ${cursor ?? null}::uuid)
          ORDER BY id DESC LIMIT ${most}::int`,
        row => row.id,
        codeFrom,
      ),
    async withdraw(id, by) {
      if (!isUuid(id)) return refuseUnknownId();
      return inTransaction(prisma, transaction => withdrawCode(transaction, id, by));
    },
    async redeem(typed, redeemer, by) {
      const code = readCode(typed);
      if (code === null) return refuseUnknownCode();
      const digest = vault.digest(code);
      return inTransaction(prisma, transaction =>
        redeemCode(transaction, settings, digest, redeemer, by),
      );
    },
  };
}

/** `digest` is in hex. False where the expiry is over already, and nothing was inserted. */
async function insertCodes(
  transaction: Transaction,
  rows: Array<{ id: string; digest: string }>,
  { product, expiresAt, note }: { product: string; expiresAt: Date | null; note: string },
): Promise<boolean> {
  const inserted = await transaction.$executeRaw`
    INSERT INTO redemption_code (id, digest, product_id, note, expires_at)
    SELECT id, decode(digest, 'hex'), ${product}, ${note}, ends.at
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS made(id uuid, digest text)
    CROSS JOIN (SELECT ${instantSql(expiresAt)} AS at) ends
    WHERE ends.at IS NULL OR ends.at > sahm_now()`;
  return inserted > 0;
}

async function withdrawCode(
  transaction: Transaction,
  id: string,
  by: Actor,
): Promise<{ kind: 'withdrawn'; code: CodeView } | Refusal> {
  const before = await lockCode(transaction, Prisma.sql`id = ${id}::uuid`);
  if (!before) return refuseUnknownId();
  if (before.state === 'used') {
    return refuse('conflict', 'conflict', { reason: 'the code was used.' });
  }
  if (before.state === 'withdrawn') return { kind: 'withdrawn', code: before };
  await transaction.$executeRaw`
    UPDATE redemption_code SET withdrawn_at = sahm_now() WHERE id = ${id}::uuid`;
  const { product, state } = before;
  await writeAudit(transaction, by, {
    action: 'code.withdraw',
    subject: codeSubject(id),
    before: { product, state },
    after: { product, state: 'withdrawn' },
  });
  return { kind: 'withdrawn', code: { ...before, state: 'withdrawn' } };
}

function refuseUnknownId(): Refusal {
  return refuse('not_found', 'not_found', { what: 'code' });
}
