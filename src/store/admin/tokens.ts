// API tokens for scripts: long-lived, with a role, an expiry and a name; shown once, kept as a digest.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { lesserRole, type Role } from '../../domain/role.js';
import { dateOrNull, instantSql, millisecondsSql } from '../database/instants.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { digestOf, newSecret } from '../secrets/randomSecret.js';
import { type Actor, writeAudit } from './audit.js';

export interface AdminTokenView {
  id: string;
  name: string;
  role: Role;
  last4: string;
  /** The e-mail address of the administrator who owns the token. */
  email: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

/** A caller with an API token. */
export interface TokenCaller {
  administratorId: string;
  tokenId: string;
  email: string;
  name: string;
  role: Role;
}

export interface AdminTokenStore {
  /** The tokens of one administrator, or of all. Newest first. */
  list(administratorId: string | null): Promise<AdminTokenView[]>;
  /** Without `expiresAt` it lives for 90 days. */
  create(
    wanted: { administratorId: string; name: string; role: Role; expiresAt?: Date | undefined },
    by: Actor,
  ): Promise<{ kind: 'created'; token: string; view: AdminTokenView } | Refusal>;
  /** Null for an unknown, revoked or expired token, and once its administrator is disabled. */
  find(token: string): Promise<TokenCaller | null>;
  /** With `administratorId` null it may be anybody's. A second call does no harm. */
  revoke(
    id: string,
    administratorId: string | null,
    by: Actor,
  ): Promise<{ kind: 'revoked'; view: AdminTokenView } | Refusal>;
}

const PREFIX = 'sahm_admin_';
const FORM = /^sahm_admin_[0-9A-Za-z_-]{43}$/;
const DEFAULT_DAYS = 90;
const LONGEST_DAYS = 366;

export function createAdminTokenStore(prisma: PrismaClient): AdminTokenStore {
  return {
    list: administratorId => readTokens(prisma, { administratorId }),
    async create({ administratorId, name, role, expiresAt }, by) {
      const token = PREFIX + newSecret();
      const id = uuidv7();
      return inTransaction(prisma, async transaction => {
        const created = await transaction.$executeRaw`
          INSERT INTO admin_token (id, administrator_id, name, role, digest, last4, expires_at)
          SELECT ${id}::uuid, ${administratorId}::uuid, ${name}, ${role}, ${digestOf(token)},
            ${token.slice(-4)}, ends.at
          FROM (SELECT coalesce(${instantSql(expiresAt ?? null)},
            sahm_now() + ${DEFAULT_DAYS}::int * interval '1 day') AS at) ends
          WHERE ends.at > sahm_now()
            AND ends.at <= sahm_now() + ${LONGEST_DAYS}::int * interval '1 day'`;
        if (created === 0) {
          return refuseField('expires_at', 'an instant within a year from now');
        }
        const view = await readToken(transaction, id);
        const after = { name, role, last4: view.last4, expires_at: view.expiresAt.toISOString() };
        await writeAudit(transaction, by, {
          action: 'token.create',
          subject: `token:${id}`,
          after,
        });
        return { kind: 'created', token, view };
      });
    },
    async find(token) {
      if (!FORM.test(token)) return null;
      const [row] = await prisma.$queryRaw<Array<TokenCaller & { own_role: Role }>>`
        SELECT administrator.id AS "administratorId", admin_token.id AS "tokenId",
          administrator.email, admin_token.name, admin_token.role, administrator.role AS own_role
        FROM admin_token JOIN administrator ON administrator.id = admin_token.administrator_id
        WHERE admin_token.digest = ${digestOf(token)} AND admin_token.revoked_at IS NULL
          AND admin_token.expires_at > sahm_now() AND administrator.disabled_at IS NULL`;
      if (!row) return null;
      const { own_role, ...caller } = row;
      return { ...caller, role: lesserRole(caller.role, own_role) };
    },
    async revoke(id, administratorId, by) {
      if (!isUuid(id)) return refuseUnknown();
      return inTransaction(prisma, async transaction => {
        const [before] = await readTokens(transaction, { administratorId, id });
        if (!before) return refuseUnknown();
        if (before.revokedAt) return { kind: 'revoked', view: before };
        await transaction.$executeRaw`
          UPDATE admin_token SET revoked_at = sahm_now() WHERE id = ${id}::uuid`;
        const { name, role } = before;
        const subject = `token:${id}`;
        await writeAudit(transaction, by, {
          action: 'token.revoke',
          subject,
          before: { name, role },
        });
        return { kind: 'revoked', view: await readToken(transaction, id) };
      });
    },
  };
}

async function readToken(transaction: Transaction, id: string): Promise<AdminTokenView> {
  const [token] = await readTokens(transaction, { id, administratorId: null });
  return token as AdminTokenView;
}

async function readTokens(
  db: Transaction,
  { administratorId, id }: { administratorId: string | null; id?: string },
): Promise<AdminTokenView[]> {
  const rows = await db.$queryRaw<
    Array<
      Omit<AdminTokenView, 'createdAt' | 'expiresAt' | 'revokedAt'> & {
        created_at: number;
        expires_at: number;
        revoked_at: number | null;
      }
    >
  >`
    SELECT admin_token.id, name, admin_token.role, last4, email,
      ${millisecondsSql(Prisma.sql`admin_token.created_at`)} AS created_at,
      ${millisecondsSql(Prisma.sql`expires_at`)} AS expires_at,
      ${millisecondsSql(Prisma.sql`revoked_at`)} AS revoked_at
    FROM admin_token JOIN administrator ON administrator.id = administrator_id
    WHERE (${administratorId}::uuid IS NULL OR administrator_id = ${administratorId}::uuid)
      AND (${id ?? null}::uuid IS NULL OR admin_token.id = ${id ?? null}::uuid)
    ORDER BY admin_token.id DESC`;
  return rows.map(({ created_at, expires_at, revoked_at, ...rest }) => ({
    ...rest,
    createdAt: new Date(created_at),
    expiresAt: new Date(expires_at),
    revokedAt: dateOrNull(revoked_at),
  }));
}

function refuseUnknown(): Refusal {
  return refuse('not_found', 'not_found', { what: 'token' });
}
