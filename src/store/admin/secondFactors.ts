// An administrator's second factor: codes of an app by the clock (TOTP, RFC 6238), and codes to get in without
// the app. The app's secret is sealed, recovery codes are digests, and each code of either kind works once.

import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { withLatinDigits } from '../../domain/latinDigits.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { millisecondsSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { digestOf } from '../secrets/randomSecret.js';
import { type Actor, writeAudit } from './audit.js';

export interface SecondFactorState {
  isOn: boolean;
  recoveryCodesLeft: number;
}

export interface SecondFactorStore {
  state(administratorId: string): Promise<SecondFactorState>;
  /** A secret for the app. It counts once a code of it was given to `confirm`; asking again makes another. */
  begin(who: { id: string; email: string }): Promise<BegunFactor | Refusal>;
  /** Switches it on, ends the administrator's other sessions, and gives the recovery codes, this once. */
  confirm(
    administratorId: string,
    code: string,
    sessionId: string,
    by: Actor,
  ): Promise<{ kind: 'confirmed'; recoveryCodes: string[] } | Refusal>;
  /** `none` if it is not on. A right code is used up. */
  check(
    administratorId: string,
    code: string | undefined,
  ): Promise<'none' | 'missing' | 'wrong' | 'right'>;
  /** Switches it off; doing it twice is fine. */
  remove(administratorId: string, by: Actor): Promise<void>;
}

export interface BegunFactor {
  kind: 'begun';
  /** In base32, for who types it. */
  secret: string;
  /** For who scans it: `otpauth://totp/…`. */
  uri: string;
}

const ISSUER = 'Sahm';
const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
/** Codes of this many steps before and after are accepted too, because clocks of phones differ. */
const STEPS_APART = 1;
const RECOVERY_CODES = 10;
const EXPECTED_CODE = 'the code that the app shows now, and that was not used yet';

/** `vault` seals the secrets. */
export function createSecondFactorStore(
  prisma: PrismaClient,
  vault: Pick<KeyVault, 'seal' | 'open'>,
): SecondFactorStore {
  /** Whether the app shows this code now; then it counts as used. The row is locked. */
  async function useCode(
    transaction: Transaction,
    factor: FactorRow,
    code: string,
  ): Promise<boolean> {
    const { administrator_id: id, now } = factor;
    const totp = totpOf(vault.open(factor.sealed, sealedAs(id)), '');
    const token = withLatinDigits(code).replaceAll(/\s/g, '');
    const delta = totp.validate({ token, timestamp: now, window: STEPS_APART });
    if (delta === null) return false;
    const step = Math.floor(now / 1000 / PERIOD_SECONDS) + delta;
    const used = await transaction.$executeRaw`
      UPDATE admin_second_factor SET last_step = ${step}::bigint
      WHERE administrator_id = ${id}::uuid AND last_step < ${step}::bigint`;
    return used > 0;
  }

  return {
    async state(administratorId) {
      const [row] = await prisma.$queryRaw<[{ isOn: boolean; recoveryCodesLeft: number }]>`
        SELECT EXISTS (SELECT FROM admin_second_factor
            WHERE administrator_id = ${administratorId}::uuid AND confirmed_at IS NOT NULL) AS "isOn",
          (SELECT count(*)::int FROM admin_recovery_code
            WHERE administrator_id = ${administratorId}::uuid AND used_at IS NULL) AS "recoveryCodesLeft"`;
      return row;
    },
    async begin({ id, email }) {
      const secret = new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer })
        .base32;
      const begun = await prisma.$executeRaw`
        INSERT INTO admin_second_factor AS factor (administrator_id, sealed)
        VALUES (${id}::uuid, ${vault.seal(secret, sealedAs(id))})
        ON CONFLICT (administrator_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0
        WHERE factor.confirmed_at IS NULL`;
      if (begun === 0) {
        return refuse('conflict', 'conflict', {
          reason: 'the second factor is on. Remove it first.',
        });
      }
      return { kind: 'begun', secret, uri: totpOf(secret, email).toString() };
    },
    confirm: (id, code, sessionId, by) =>
      inTransaction(prisma, async transaction => {
        const factor = await lockFactor(transaction, id);
        if (!factor || factor.is_on) {
          const reason = factor ? 'the second factor is on.' : 'ask for a secret first.';
          return refuse('conflict', 'conflict', { reason });
        }
        if (!(await useCode(transaction, factor, code))) return refuseField('code', EXPECTED_CODE);
        const recoveryCodes = Array.from({ length: RECOVERY_CODES }, makeRecoveryCode);
        await transaction.$executeRaw`
          UPDATE admin_second_factor SET confirmed_at = sahm_now() WHERE administrator_id = ${id}::uuid`;
        await writeRecoveryCodes(transaction, id, recoveryCodes);
        // Sessions without the second factor end.
        await transaction.$executeRaw`
          UPDATE admin_session SET ends_at = least(ends_at, sahm_now())
          WHERE administrator_id = ${id}::uuid AND id <> ${sessionId}::uuid`;
        await audit(transaction, id, true, by);
        return { kind: 'confirmed', recoveryCodes };
      }),
    check: (id, code) =>
      inTransaction(prisma, async transaction => {
        const factor = await lockFactor(transaction, id);
        if (!factor?.is_on) return 'none';
        if (code === undefined) return 'missing';
        const isRight =
          (await useCode(transaction, factor, code)) ||
          (await useRecoveryCode(transaction, id, code));
        return isRight ? 'right' : 'wrong';
      }),
    remove: (id, by) =>
      inTransaction(prisma, async transaction => {
        const factor = await lockFactor(transaction, id);
        await transaction.$executeRaw`
          DELETE FROM admin_second_factor WHERE administrator_id = ${id}::uuid`;
        await writeRecoveryCodes(transaction, id, []);
        if (factor?.is_on) await audit(transaction, id, false, by);
      }),
  };
}

interface FactorRow {
  administrator_id: string;
  sealed: Uint8Array;
  is_on: boolean;
  /** The database's clock, in milliseconds since 1970. */
  now: number;
}

async function lockFactor(transaction: Transaction, id: string): Promise<FactorRow | undefined> {
  const [factor] = await transaction.$queryRaw<FactorRow[]>`
    SELECT administrator_id, sealed, confirmed_at IS NOT NULL AS is_on,
      ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM admin_second_factor WHERE administrator_id = ${id}::uuid FOR UPDATE`;
  return factor;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret, period: PERIOD_SECONDS, digits: 6 });
}

/** `ABCD-EFGH-IJKL-MNOP`: 80 bits, so that a plain digest is enough. */
function makeRecoveryCode(): string {
  const { base32 } = new Secret({ buffer: new Uint8Array(randomBytes(10)).buffer });
  return base32.match(/.{4}/g)?.join('-') ?? base32;
}

/** As people type it. */
function readRecoveryCode(code: string): string {
  return withLatinDigits(code)
    .toUpperCase()
    .replaceAll(/[^A-Z2-7]/g, '');
}

/** In place of those that there are. */
async function writeRecoveryCodes(
  transaction: Transaction,
  id: string,
  codes: string[],
): Promise<void> {
  await transaction.$executeRaw`
    DELETE FROM admin_recovery_code WHERE administrator_id = ${id}::uuid`;
  await transaction.adminRecoveryCode.createMany({
    data: codes.map(code => ({ administratorId: id, digest: digestOf(readRecoveryCode(code)) })),
  });
}

async function useRecoveryCode(db: Queryable, id: string, code: string): Promise<boolean> {
  const used = await db.$executeRaw`
    UPDATE admin_recovery_code SET used_at = sahm_now()
    WHERE administrator_id = ${id}::uuid AND digest = ${digestOf(readRecoveryCode(code))}
      AND used_at IS NULL`;
  return used > 0;
}

async function audit(
  transaction: Transaction,
  id: string,
  isOn: boolean,
  by: Actor,
): Promise<void> {
  await writeAudit(transaction, by, {
    action: 'administrator.second-factor',
    subject: `administrator:${id}`,
    before: { second_factor: !isOn },
    after: { second_factor: isOn },
  });
}

/** The encryption key also seals other things. The prefix makes sure that none opens as another. */
function sealedAs(administratorId: string): string {
  return `second factor ${administratorId}`;
}
