// Sessions of administrators. A session is a row, so that it can be ended at once. A token that names it
// lives for 15 minutes, and a cookie renews the token as long as the session lives.

import { hash, verify } from '@node-rs/argon2';
import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { networksOf } from '../../domain/network.js';
import type { Role } from '../../domain/role.js';
import { millisecondsSql } from '../database/instants.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { createKnownAddresses } from '../limits/knownAddresses.js';
import type { Limited, SignInLimits } from '../limits/signInLimits.js';
import { digestOf, newSecret } from '../secrets/randomSecret.js';
import type { SecondFactorStore } from './secondFactors.js';

export interface SignedIn {
  administratorId: string;
  sessionId: string;
  email: string;
  role: Role;
  /** The database's clock at the time of reading. */
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
  /** A wrong password or code, an unknown address or a disabled administrator. Callers are not told which. */
  | { kind: 'wrong' }
  /** The password was right, and a code has to come with it. */
  | { kind: 'second_factor_required' }
  | Limited;

export type Proof = { kind: 'right' | 'wrong' | 'wrong_code' } | Limited;

export interface AdminSessionStore {
  /** Whether an administrator signed in from this address before, as far as this process knows. */
  knows(address: string): boolean;
  /** `address` is the caller's network address. */
  signIn(
    email: string,
    password: string,
    address: string,
    code?: string | undefined,
  ): Promise<SignInResult>;
  /** Whether the password is the administrator's, and the code, if given, is right. */
  prove(email: string, password: string, address: string, code?: string): Promise<Proof>;
  /** Null once the session has ended or expired, and for a disabled administrator. */
  find(sessionId: string): Promise<SignedIn | null>;
  /** Finds a session by its cookie and extends its life. */
  renew(refreshSecret: string): Promise<SignedIn | null>;
  /** The same of a session that is known. */
  extend(sessionId: string): Promise<SignedIn | null>;
  end(sessionId: string): Promise<void>;
  endByRefresh(refreshSecret: string): Promise<boolean>;
}

/** An idle session ends after this. One that is renewed ends after `LONGEST_DAYS`. */
const IDLE_HOURS = 12;
const LONGEST_DAYS = 14;
/** Comparing a password keeps a processor busy for some 30 ms, which the whole process has to share. */
const MOST_AT_ONCE = 1;
/** Beyond this many, callers are better told to come again. */
const MOST_WAITING = 16;
const BUSY_RETRY_SECONDS = 1;
/** Longer ones would only cost time. */
const LONGEST_PASSWORD = 1024;

export function createAdminSessionStore(
  prisma: PrismaClient,
  limits: SignInLimits,
  secondFactors: Pick<SecondFactorStore, 'check'>,
): AdminSessionStore {
  let nobodysHash: Promise<string> | undefined;
  const turns = bulkhead(MOST_AT_ONCE, MOST_WAITING);
  const known = createKnownAddresses(prisma);

  async function compare(
    name: string,
    password: string,
    address: string,
  ): Promise<Compared | { kind: 'wrong' } | Limited> {
    await known.refresh();
    const administrator = await findByEmail(prisma, name, address);
    // Counted before the password is compared, so that guesses made at the same time are all counted.
    const attempt = await limits.attempt(name, address, administrator?.isKnown ?? false);
    if (attempt.kind === 'limited') return attempt;
    // For an unknown address a random password is compared, so that the answer takes as long.
    nobodysHash ??= hash(newSecret());
    const nobody = await nobodysHash;
    const isRight =
      password.length <= LONGEST_PASSWORD &&
      (await verify(administrator?.passwordHash ?? nobody, password));
    if (!administrator || !isRight || administrator.isDisabled) return { kind: 'wrong' };
    return { kind: 'right', administrator, succeeded: attempt.succeeded };
  }

  /** What counts against the caller is only taken back once all is right: codes are guessed like passwords. */
  async function signIn(
    name: string,
    password: string,
    address: string,
    code: string | undefined,
  ): Promise<SignInResult> {
    const compared = await compare(name, password, address);
    if (compared.kind !== 'right') return compared;
    const factor = await secondFactors.check(compared.administrator.id, code);
    if (factor === 'missing') return { kind: 'second_factor_required' };
    if (factor === 'wrong') return { kind: 'wrong' };
    await compared.succeeded();
    const begun = await begin(prisma, compared.administrator, address);
    known.add(address);
    return begun;
  }

  async function prove(
    name: string,
    password: string,
    address: string,
    code: string | undefined,
  ): Promise<Proof> {
    const compared = await compare(name, password, address);
    if (compared.kind !== 'right') return compared;
    if (code !== undefined) {
      const factor = await secondFactors.check(compared.administrator.id, code);
      if (factor === 'wrong') return { kind: 'wrong_code' };
    }
    await compared.succeeded();
    return { kind: 'right' };
  }

  /** Waits for its turn. Refused at once if too many wait, or if the caller is known to be limited. */
  async function inTurn<Result>(
    name: string,
    address: string,
    act: () => Promise<Result>,
  ): Promise<Result | Limited> {
    const refused = limits.refused(name, address, known.has(address));
    if (refused) return refused;
    try {
      return await turns.execute(act);
    } catch (error) {
      if (!isBulkheadRejectedError(error)) throw error;
      return { kind: 'limited', retryAfterSeconds: BUSY_RETRY_SECONDS };
    }
  }

  return {
    knows: known.has,
    signIn(email, password, address, code) {
      const name = email.toLowerCase();
      return inTurn(name, address, () => signIn(name, password, address, code));
    },
    prove(email, password, address, code) {
      const name = email.toLowerCase();
      return inTurn(name, address, () => prove(name, password, address, code));
    },
    async find(sessionId) {
      if (!isUuid(sessionId)) return null;
      return readSession(prisma, Prisma.sql`admin_session.id = ${sessionId}::uuid`);
    },
    renew(refreshSecret) {
      const digest = digestOf(refreshSecret);
      return prolong(prisma, Prisma.sql`admin_session.refresh_digest = ${digest}`);
    },
    extend(sessionId) {
      return prolong(prisma, Prisma.sql`admin_session.id = ${sessionId}::uuid`);
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
  { id, passwordHash }: { id: string; passwordHash: string },
  address: string,
): Promise<SignInResult> {
  const refreshSecret = newSecret();
  const sessionId = uuidv7();
  // The password must still be the one that was compared: a new one has just ended all other sessions.
  await prisma.$executeRaw`
    INSERT INTO admin_session (id, administrator_id, ends_at, refresh_digest, address)
    SELECT ${sessionId}::uuid, id, sahm_now() + ${IDLE_HOURS}::int * interval '1 hour',
      ${digestOf(refreshSecret)}, ${networksOf(address).own}
    FROM administrator WHERE id = ${id}::uuid AND password_hash = ${passwordHash} FOR SHARE`;
  const session = await readSession(prisma, Prisma.sql`admin_session.id = ${sessionId}::uuid`);
  return session ? { kind: 'begun', session, refreshSecret } : { kind: 'wrong' };
}

async function prolong(prisma: PrismaClient, which: Prisma.Sql): Promise<SignedIn | null> {
  await prisma.$executeRaw`
    UPDATE admin_session SET ends_at = least(created_at + ${LONGEST_DAYS}::int * interval '1 day',
      sahm_now() + ${IDLE_HOURS}::int * interval '1 hour')
    WHERE ${which} AND ends_at > sahm_now()`;
  return readSession(prisma, which);
}

async function readSession(prisma: PrismaClient, which: Prisma.Sql): Promise<SignedIn | null> {
  const [found] = await prisma.$queryRaw<Array<Omit<SignedIn, 'now'> & { now: number }>>`
    SELECT administrator.id AS "administratorId", admin_session.id AS "sessionId",
      administrator.email, administrator.role, ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM admin_session JOIN administrator ON administrator.id = admin_session.administrator_id
    WHERE ${which} AND admin_session.ends_at > sahm_now() AND administrator.disabled_at IS NULL`;
  return found ? { ...found, now: new Date(found.now) } : null;
}

interface Compared {
  kind: 'right';
  administrator: Claimed;
  succeeded(): Promise<void>;
}

interface Claimed {
  id: string;
  passwordHash: string;
  isDisabled: boolean;
  /** Somebody signed in to this account from this address before. */
  isKnown: boolean;
}

async function findByEmail(
  prisma: PrismaClient,
  email: string,
  address: string,
): Promise<Claimed | null> {
  const { own } = networksOf(address);
  const [found] = await prisma.$queryRaw<Claimed[]>`
    SELECT id, password_hash AS "passwordHash", disabled_at IS NOT NULL AS "isDisabled",
      EXISTS (SELECT FROM admin_session WHERE administrator_id = administrator.id
        AND address IN (${own}, ${`::ffff:${own}`})) AS "isKnown"
    FROM administrator WHERE email = ${email}`;
  return found ?? null;
}
