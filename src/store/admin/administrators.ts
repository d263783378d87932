// Administrators: who they are, what each may do, and the rule that an owner is always left.

import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import {
  EXPECTED_PASSWORD,
  EXPECTED_UNGUESSABLE,
  isGuessable,
  isUsablePassword,
} from '../../domain/password.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { type Role, roleAllows } from '../../domain/role.js';
import { millisecondsSql } from '../database/instants.js';
import { StartError } from '../database/startError.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { SignInLimits } from '../limits/signInLimits.js';
import { type Actor, SYSTEM, writeAudit } from './audit.js';
import type { SecondFactorStore } from './secondFactors.js';

export type { Role };

export interface AdministratorView {
  id: string;
  email: string;
  role: Role;
  disabled: boolean;
  /** Whether a code of an app is asked for beside the password. */
  secondFactor: boolean;
  createdAt: Date;
}

export interface AdministratorChanges {
  role?: Role | undefined;
  disabled?: boolean | undefined;
  password?: string | undefined;
}

export interface ShownAdministrator {
  kind: 'administrator';
  administrator: AdministratorView;
}

export interface FirstAdministrator {
  email: string;
  /** Only where it was made up; shown this once. */
  password?: string;
}

export interface PasswordReset {
  kind: 'reset';
  email: string;
  /** Only where it was made up; shown this once. */
  password?: string;
  isDisabled: boolean;
  /** A code of an app is still asked for. */
  hasSecondFactor: boolean;
}

export interface AdministratorStore {
  list(): Promise<AdministratorView[]>;
  create(
    wanted: { email: string; password: string; role: Role },
    by: Actor,
  ): Promise<ShownAdministrator | Refusal>;
  /**
   * A new password, and disabling, end the administrator's sessions and API tokens at once. A lower role ends
   * the tokens; sessions go on, with the lower role from then on.
   */
  change(
    id: string,
    changes: AdministratorChanges,
    by: Actor,
  ): Promise<ShownAdministrator | Refusal>;
  /** Who is signed in with this session goes on; the other sessions and the API tokens end. */
  changeOwnPassword(
    own: { id: string; email: string; sessionId: string; password: string },
    by: Actor,
  ): Promise<Refusal | null>;
  /** For another administrator, who lost the app. */
  resetSecondFactor(id: string, by: Actor): Promise<ShownAdministrator | Refusal>;
  /** For the machine's own command line: sets a new password, or a random one if none is given. */
  resetPassword(
    email: string,
    password?: string,
    how?: { removeSecondFactor: boolean },
  ): Promise<PasswordReset | Refusal>;
  /** Creates an owner if there is none; null if there is one. Throws StartError if anybody guesses the password. */
  ensureFirst(wanted: {
    email: string;
    password?: string | undefined;
  }): Promise<FirstAdministrator | null>;
}

const MADE_PASSWORD_BYTES = 18;
/** The name that the audit log gives to changes from the machine's own command line. */
const COMMAND_LINE: Actor = { administratorId: null, name: 'command line', address: '' };

/** Passwords are hashed by argon2id with the library's cost: 19 MiB, 2 passes, 1 lane, as OWASP advises. */
export function createAdministratorStore(
  prisma: PrismaClient,
  limits: Pick<SignInLimits, 'forgive'>,
  secondFactors: Pick<SecondFactorStore, 'remove'>,
  /** What people know the service by. */
  serviceNames: string[],
): AdministratorStore {
  const refuseGuessable: RefuseGuessable = (password, email, field = 'password') =>
    isGuessable(password, { email, serviceNames })
      ? refuseField(field, EXPECTED_UNGUESSABLE)
      : null;

  async function change(
    id: string,
    changes: AdministratorChanges,
    by: Actor,
  ): Promise<ShownAdministrator | Refusal> {
    if (!isUuid(id)) return refuseUnknown();
    const passwordHash = changes.password === undefined ? null : await hash(changes.password);
    const changed = await inTransaction(prisma, transaction =>
      changeAdministrator(transaction, { id, changes, passwordHash, refuseGuessable }, by),
    );
    if (changed.kind === 'administrator' && passwordHash !== null) {
      await limits.forgive(changed.administrator.email);
    }
    return changed;
  }

  return {
    list: () => readAdministrators(prisma),
    async create({ email, password, role }, by) {
      const guessable = refuseGuessable(password, email);
      if (guessable) return guessable;
      const passwordHash = await hash(password);
      const id = uuidv7();
      const address = email.toLowerCase();
      return inTransaction(prisma, async transaction => {
        const created = await transaction.$executeRaw`
          INSERT INTO administrator (id, email, password_hash, role)
          VALUES (${id}::uuid, ${address}, ${passwordHash}, ${role}) ON CONFLICT (email) DO NOTHING`;
        if (created === 0) {
          const reason = 'there is an administrator of this e-mail address.';
          return refuse('conflict', 'conflict', { reason }, { field: 'email' });
        }
        const after = { email: address, role };
        await writeAudit(transaction, by, {
          action: 'administrator.create',
          subject: subjectOf(id),
          after,
        });
        return shown(transaction, id);
      });
    },
    change,
    async changeOwnPassword({ id, email, sessionId, password }, by) {
      const guessable = refuseGuessable(password, email, 'new_password');
      if (guessable) return guessable;
      const passwordHash = await hash(password);
      return inTransaction(prisma, async transaction => {
        const changed = await transaction.$executeRaw`
          UPDATE administrator SET password_hash = ${passwordHash}
          WHERE id = ${id}::uuid AND disabled_at IS NULL`;
        if (changed === 0) return refuseUnknown();
        await endAccess(transaction, id, { exceptSession: sessionId });
        const subject = subjectOf(id);
        const after = { password_changed: true };
        await writeAudit(transaction, by, { action: 'administrator.own-password', subject, after });
        return null;
      });
    },
    async resetSecondFactor(id, by) {
      if (!isUuid(id)) return refuseUnknown();
      if (id === by.administratorId) {
        const reason = 'remove your own second factor with a code of it, or a recovery code.';
        return refuse('conflict', 'conflict', { reason });
      }
      if (!(await readAdministrators(prisma)).some(one => one.id === id)) return refuseUnknown();
      await secondFactors.remove(id, by);
      return inTransaction(prisma, transaction => shown(transaction, id));
    },
    async resetPassword(email, given, { removeSecondFactor } = { removeSecondFactor: false }) {
      const password = given ?? makePassword();
      if (!isUsablePassword(password)) {
        return refuseField('password', EXPECTED_PASSWORD);
      }
      const everyone = await readAdministrators(prisma);
      const administrator = everyone.find(one => one.email === email.toLowerCase());
      if (!administrator) return refuseUnknown();
      const changed = await change(administrator.id, { password }, COMMAND_LINE);
      if (changed.kind === 'refusal') return changed;
      if (removeSecondFactor) await secondFactors.remove(administrator.id, COMMAND_LINE);
      const { email: name, disabled: isDisabled, secondFactor } = changed.administrator;
      const told = given === undefined && { password };
      const hasSecondFactor = secondFactor && !removeSecondFactor;
      return { kind: 'reset', email: name, isDisabled, hasSecondFactor, ...told };
    },
    ensureFirst: wanted => ensureFirst(prisma, wanted, refuseGuessable),
  };
}

type RefuseGuessable = (password: string, email: string, field?: string) => Refusal | null;

async function changeAdministrator(
  transaction: Transaction,
  {
    id,
    changes,
    passwordHash,
    refuseGuessable,
  }: {
    id: string;
    changes: AdministratorChanges;
    passwordHash: string | null;
    refuseGuessable: RefuseGuessable;
  },
  by: Actor,
): Promise<ShownAdministrator | Refusal> {
  // Locks all of them in one order: if two owners disable each other at once, one is left.
  await transaction.$executeRaw`SELECT FROM administrator ORDER BY id FOR UPDATE`;
  const everyone = await readAdministrators(transaction);
  const before = everyone.find(administrator => administrator.id === id);
  if (!before) return refuseUnknown();
  const { password } = changes;
  const guessable = password === undefined ? null : refuseGuessable(password, before.email);
  if (guessable) return guessable;
  const role = changes.role ?? before.role;
  const disabled = changes.disabled ?? before.disabled;
  const isSame = role === before.role && disabled === before.disabled && passwordHash === null;
  if (isSame) return shown(transaction, id);
  const othersLeft = everyone.some(
    other => other.id !== id && other.role === 'owner' && !other.disabled,
  );
  const wasOwner = before.role === 'owner' && !before.disabled;
  if (wasOwner && (role !== 'owner' || disabled) && !othersLeft) {
    const reason = 'this is the only owner left. Make another one first.';
    return refuse('conflict', 'conflict', { reason });
  }
  await transaction.$executeRaw`
    UPDATE administrator SET role = ${role},
      disabled_at = CASE WHEN ${disabled}::boolean THEN coalesce(disabled_at, sahm_now()) END,
      password_hash = coalesce(${passwordHash}, password_hash)
    WHERE id = ${id}::uuid`;
  const endsSessions = disabled || passwordHash !== null;
  // A token must not outlive the role that it was made under: its user may not notice that anything changed.
  if (endsSessions) await endAccess(transaction, id);
  else if (!roleAllows(role, before.role)) await revokeTokens(transaction, id);
  await writeAudit(transaction, by, {
    action: 'administrator.change',
    subject: subjectOf(id),
    before: { role: before.role, disabled: before.disabled },
    after: { role, disabled, password_changed: passwordHash !== null },
  });
  return shown(transaction, id);
}

/** Sessions and API tokens end at once. */
async function endAccess(
  transaction: Transaction,
  id: string,
  { exceptSession }: { exceptSession?: string } = {},
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE admin_session SET ends_at = least(ends_at, sahm_now())
    WHERE administrator_id = ${id}::uuid AND id IS DISTINCT FROM ${exceptSession ?? null}::uuid`;
  await revokeTokens(transaction, id);
}

async function revokeTokens(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE admin_token SET revoked_at = sahm_now()
    WHERE administrator_id = ${id}::uuid AND revoked_at IS NULL`;
}

async function readAdministrators(db: Transaction): Promise<AdministratorView[]> {
  const rows = await db.$queryRaw<Array<Omit<AdministratorView, 'createdAt'> & { at: number }>>`
    SELECT id, email, role, disabled_at IS NOT NULL AS disabled,
      EXISTS (SELECT FROM admin_second_factor WHERE administrator_id = administrator.id
        AND confirmed_at IS NOT NULL) AS "secondFactor",
      ${millisecondsSql(Prisma.sql`created_at`)} AS at
    FROM administrator ORDER BY id`;
  return rows.map(({ at, ...rest }) => ({ ...rest, createdAt: new Date(at) }));
}

async function shown(transaction: Transaction, id: string): Promise<ShownAdministrator> {
  const everyone = await readAdministrators(transaction);
  const administrator = everyone.find(one => one.id === id) as AdministratorView;
  return { kind: 'administrator', administrator };
}

async function ensureFirst(
  prisma: PrismaClient,
  { email, password }: { email: string; password?: string | undefined },
  refuseGuessable: RefuseGuessable,
): Promise<FirstAdministrator | null> {
  const ownerExists = Prisma.sql`EXISTS (SELECT FROM administrator WHERE role = 'owner')`;
  const [answer] = await prisma.$queryRaw<Array<{ exists: boolean }>>`
    SELECT ${ownerExists} AS exists`;
  if (answer?.exists) return null;
  if (password !== undefined && refuseGuessable(password, email)) {
    throw new StartError(`ADMIN_PASSWORD: must be ${EXPECTED_UNGUESSABLE}.`);
  }
  const made = password ?? makePassword();
  const passwordHash = await hash(made);
  const id = uuidv7();
  const address = email.toLowerCase();
  return inTransaction(prisma, async transaction => {
    // If replicas start together, one creates the owner, and the others find the address taken.
    const created = await transaction.$executeRaw`
      INSERT INTO administrator (id, email, password_hash, role)
      SELECT ${id}::uuid, ${address}, ${passwordHash}, 'owner' WHERE NOT ${ownerExists}
      ON CONFLICT (email) DO NOTHING`;
    if (created === 0) return null;
    const after = { email: address, role: 'owner' };
    const subject = subjectOf(id);
    await writeAudit(transaction, SYSTEM, { action: 'administrator.create', subject, after });
    return { email: address, ...(password === undefined && { password: made }) };
  });
}

function makePassword(): string {
  return randomBytes(MADE_PASSWORD_BYTES).toString('base64url');
}

function subjectOf(id: string): string {
  return `administrator:${id}`;
}

function refuseUnknown(): Refusal {
  return refuse('not_found', 'not_found', { what: 'administrator' });
}
