// Administrators and their sessions. A session is a row, so that it can be ended at once.

import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { SYSTEM, writeAudit } from './audit.js';
import { Prisma, type PrismaClient } from './generated/client.js';
import { inTransaction } from './transaction.js';

export const ROLES = ['viewer', 'operator', 'owner'] as const;
export type Role = (typeof ROLES)[number];

export interface SignedIn {
  administratorId: string;
  sessionId: string;
  email: string;
  role: Role;
}

export interface FirstAdministrator {
  email: string;
  /** Only where it was made up: told this once. */
  password?: string;
}

export interface AdministratorStore {
  /** Begins a session; null for a wrong password, an unknown address and a disabled administrator. */
  signIn(email: string, password: string, sessionSeconds: number): Promise<SignedIn | null>;
  /** Null once the session was ended or is over, and for a disabled administrator. */
  findSession(sessionId: string): Promise<SignedIn | null>;
  endSession(sessionId: string): Promise<void>;
  /** Creates an owner if there is none; null if there is. */
  ensureFirst(wanted: {
    email: string;
    password?: string | undefined;
  }): Promise<FirstAdministrator | null>;
}

const MADE_PASSWORD_BYTES = 18;
/** Longer ones would only cost time. */
const LONGEST_PASSWORD = 1024;

/** Passwords are kept by argon2id at the library's cost: 19 MiB, 2 passes, 1 lane, as OWASP advises. */
export function createAdministratorStore(prisma: PrismaClient): AdministratorStore {
  let nobodysHash: Promise<string> | undefined;
  return {
    async signIn(email, password, sessionSeconds) {
      // An unknown address is compared too, with a password that nobody has: it takes as long.
      nobodysHash ??= hash(randomBytes(MADE_PASSWORD_BYTES));
      const nobody = await nobodysHash;
      const administrator = await prisma.administrator.findUnique({
        where: { email: email.toLowerCase() },
      });
      const isRight =
        password.length <= LONGEST_PASSWORD &&
        (await verify(administrator?.passwordHash ?? nobody, password));
      if (!administrator || !isRight || administrator.disabledAt) return null;
      const sessionId = uuidv7();
      await prisma.$executeRaw`
        INSERT INTO admin_session (id, administrator_id, ends_at)
        VALUES (${sessionId}::uuid, ${administrator.id}::uuid,
          sahm_now() + ${sessionSeconds}::int * interval '1 second')`;
      const { id: administratorId, role } = administrator;
      return { administratorId, sessionId, email: administrator.email, role: role as Role };
    },
    async findSession(sessionId) {
      if (!isUuid(sessionId)) return null;
      const [found] = await prisma.$queryRaw<SignedIn[]>`
        SELECT administrator.id AS "administratorId", admin_session.id AS "sessionId",
          administrator.email, administrator.role
        FROM admin_session JOIN administrator ON administrator.id = admin_session.administrator_id
        WHERE admin_session.id = ${sessionId}::uuid AND admin_session.ends_at > sahm_now()
          AND administrator.disabled_at IS NULL`;
      return found ?? null;
    },
    async endSession(sessionId) {
      await prisma.$executeRaw`
        UPDATE admin_session SET ends_at = least(ends_at, sahm_now()) WHERE id = ${sessionId}::uuid`;
    },
    async ensureFirst({ email, password }) {
      const ownerExists = Prisma.sql`EXISTS (SELECT FROM administrator WHERE role = 'owner')`;
      const [answer] = await prisma.$queryRaw<Array<{ exists: boolean }>>`
        SELECT ${ownerExists} AS exists`;
      if (answer?.exists) return null;
      const made = password ?? randomBytes(MADE_PASSWORD_BYTES).toString('base64url');
      const passwordHash = await hash(made);
      const id = uuidv7();
      const address = email.toLowerCase();
      return inTransaction(prisma, async transaction => {
        // Of replicas that start together one creates it, the others find the address taken.
        const created = await transaction.$executeRaw`
          INSERT INTO administrator (id, email, password_hash, role)
          SELECT ${id}::uuid, ${address}, ${passwordHash}, 'owner' WHERE NOT ${ownerExists}
          ON CONFLICT (email) DO NOTHING`;
        if (created === 0) return null;
        await writeAudit(transaction, SYSTEM, {
          action: 'administrator.create',
          subject: `administrator:${id}`,
          after: { email: address, role: 'owner' },
        });
        return { email: address, ...(password === undefined && { password: made }) };
      });
    },
  };
}
