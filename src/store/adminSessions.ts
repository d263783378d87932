// Sessions of administrators. A session is a row, so that it can be ended at once; a token of 15
// minutes names it, and a cookie renews the token while the session lives.

import { createHash, randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { Role } from '../domain/role.js';
import { Prisma, type PrismaClient } from './generated/client.js';
import { millisecondsSql } from './instants.js';
import type { SignInLimits } from './signInLimits.js';

export interface SignedIn {
  administratorId: string;
  sessionId: string;
  email: string;
  role: Role;
  /** The database's clock when this was read. */
  now: Date;
}

export interface BegunSession {
  kind: 'begun';
  session: SignedIn;
  /** Goes into the cookie, and nowhere else. */
  refreshSecret: string;
}

export type SignInResult =
  | BegunSession
  /** A wrong password, an unknown address or a disabled administrator: nobody is told which. */
  | { kind: 'wrong' }
  | { kind: 'limited'; retryAfterSeconds: number };

export interface AdminSessionStore {
  /** `address` is the caller's network address. */
  signIn(email: string, password: string, address: string): Promise<SignInResult>;
  /** Null once the session was ended or is over, and for a disabled administrator. */
  find(sessionId: string): Promise<SignedIn | null>;
  /** Finds a session by its cookie and lets it live on. */
  renew(refreshSecret: string): Promise<SignedIn | null>;
  end(sessionId: string): Promise<void>;
  endByRefresh(refreshSecret: string): Promise<boolean>;
}

/** A session that nobody renews is over after this; one that is renewed, after `LONGEST_DAYS`. */
const IDLE_HOURS = 12;
const LONGEST_DAYS = 14;
const SECRET_BYTES = 32;
/** Longer ones would only cost time. */
const LONGEST_PASSWORD = 1024;

export function createAdminSessionStore(
  prisma: PrismaClient,
  limits: SignInLimits,
): AdminSessionStore {
  let nobodysHash: Promise<string> | undefined;
  return {
    async signIn(email, password, address) {
      const name = email.toLowerCase();
      const administrator = await prisma.administrator.findUnique({ where: { email: name } });
      const isKnown = administrator
        ? await hasSignedInFrom(prisma, administrator.id, address)
        : false;
      // Counted before the password is compared: guesses that come at once are all counted.
      const attempt = await limits.attempt(name, address, isKnown);
      if (attempt.kind === 'limited') return attempt;
      // An unknown address is compared too, with a password that nobody has: it takes as long.
      nobodysHash ??= hash(randomBytes(SECRET_BYTES));
      const nobody = await nobodysHash;
      const isRight =
        password.length <= LONGEST_PASSWORD &&
        (await verify(administrator?.passwordHash ?? nobody, password));
      if (!administrator || !isRight || administrator.disabledAt) return { kind: 'wrong' };
      await attempt.succeeded();
      return begin(prisma, administrator.id, address);
    },
    async find(sessionId) {
      if (!isUuid(sessionId)) return null;
      return readSession(prisma, Prisma.sql`admin_session.id = ${sessionId}::uuid`);
    },
    async renew(refreshSecret) {
      const digest = digestOf(refreshSecret);
      await prisma.$executeRaw`
        UPDATE admin_session SET ends_at = least(created_at + ${LONGEST_DAYS}::int * interval '1 day',
          sahm_now() + ${IDLE_HOURS}::int * interval '1 hour')
        WHERE refresh_digest = ${digest} AND ends_at > sahm_now()`;
      return readSession(prisma, Prisma.sql`admin_session.refresh_digest = ${digest}`);
    },
    async end(sessionId) {
      await prisma.$executeRaw`
        UPDATE admin_session SET ends_at = least(ends_at, sahm_now()) WHERE id = ${sessionId}::uuid`;
    },
    async endByRefresh(refreshSecret) {
      const ended = await prisma.$executeRaw`
        UPDATE admin_session SET ends_at = sahm_now()
        WHERE refresh_digest = ${digestOf(refreshSecret)} AND ends_at > sahm_now()`;
      return ended > 0;
    },
  };
}

async function begin(
  prisma: PrismaClient,
  administratorId: string,
  address: string,
): Promise<SignInResult> {
  const refreshSecret = randomBytes(SECRET_BYTES).toString('base64url');
  const sessionId = uuidv7();
  await prisma.$executeRaw`
    INSERT INTO admin_session (id, administrator_id, ends_at, refresh_digest, address)
    VALUES (${sessionId}::uuid, ${administratorId}::uuid,
      sahm_now() + ${IDLE_HOURS}::int * interval '1 hour', ${digestOf(refreshSecret)}, ${address})`;
  const session = await readSession(prisma, Prisma.sql`admin_session.id = ${sessionId}::uuid`);
  return session ? { kind: 'begun', session, refreshSecret } : { kind: 'wrong' };
}

async function readSession(prisma: PrismaClient, which: Prisma.Sql): Promise<SignedIn | null> {
  const [found] = await prisma.$queryRaw<Array<Omit<SignedIn, 'now'> & { now: number }>>`
    SELECT administrator.id AS "administratorId", admin_session.id AS "sessionId",
      administrator.email, administrator.role, ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM admin_session JOIN administrator ON administrator.id = admin_session.administrator_id
    WHERE ${which} AND admin_session.ends_at > sahm_now() AND administrator.disabled_at IS NULL`;
  return found ? { ...found, now: new Date(found.now) } : null;
}

async function hasSignedInFrom(
  prisma: PrismaClient,
  administratorId: string,
  address: string,
): Promise<boolean> {
  const [answer] = await prisma.$queryRaw<Array<{ known: boolean }>>`
    SELECT EXISTS (SELECT FROM admin_session WHERE administrator_id = ${administratorId}::uuid
      AND address = ${address}) AS known`;
  return answer?.known ?? false;
}

function digestOf(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}
