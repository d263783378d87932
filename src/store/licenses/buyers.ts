// How a buyer gets to the key: by a claim link, once; later by a mailed link and the session that it
// opens. Tokens are kept as digests only.

import { v7 as uuidv7 } from 'uuid';
import type { Language } from '../../domain/language.js';
import type { BuyerMessageKind, Receiver } from '../../domain/mail.js';
import type { Seller, Shop } from '../../domain/shop.js';
import { cleanText } from '../../domain/wellFormed.js';
import type { Queryable } from '../database/queries.js';
import { inTransaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import { writeMailFailure } from '../notices/changes.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { digestOf, newSecret } from '../secrets/randomSecret.js';
import { type LicenseStanding, readStanding } from './boughtForLicense.js';
import { type KnownBuyer, learnLanguage } from './buyerLanguage.js';
import { STATE_NOW } from './entitlements.js';

/** Sign-in links that an address is sent in a quarter of an hour at most. */
const MOST_LINKS = 3;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** A mail or a note to a buyer that is to be sent now. */
export interface Due extends Receiver {
  id: string;
  kind: BuyerMessageKind;
  /** This attempt included. */
  attempts: number;
  accountId: string;
  licenseId: string | null;
  shop: Seller | null;
  orderId: string | null;
  /** The buyer has switched mails of this kind off. */
  isUnwanted: boolean;
}

export interface Session {
  accountId: string;
  email: string;
}

export type Claimed =
  | { kind: 'claimed'; licenseId: string; key: string }
  /** The payment has not been reported yet, or the buyer had a license before: then the mail tells. */
  | { kind: 'not_ready' }
  | { kind: 'unknown' };

export interface BuyerStore {
  /** A claim link for a purchase that is still to be paid. */
  prepareClaim(): Promise<{ id: string; token: string }>;
  /** A claim link for a license that there is. */
  openClaim(licenseId: string): Promise<string>;
  claim(token: string): Promise<Claimed>;
  /** Sends a link if the address has an account. The caller does not learn whether it has. */
  askSignIn(email: string, language: Language | null): Promise<void>;
  /** From now on the buyer is written to in this language. */
  learnLanguage(buyer: KnownBuyer, language: Language): Promise<void>;
  openSignIn(accountId: string): Promise<string>;
  /** Ends the link and gives a session's token in its place; null for a link that is no more. */
  signIn(token: string): Promise<{ token: string; seconds: number } | null>;
  session(token: string): Promise<Session | null>;
  endSession(token: string): Promise<void>;
  /**
   * The current key of the license that is named, else of the account's oldest that runs, else of its oldest; null
   * where there is none.
   */
  reveal(accountId: string, licenseId?: string): Promise<{ licenseId: string; key: string } | null>;
  keyOf(licenseId: string): Promise<string | null>;
  /** The id of a license's buyer in the shop; null if the shop does not know the buyer. */
  customer(shop: Shop, licenseId: string): Promise<ShopCustomer | null>;
  emailOf(licenseId: string): Promise<string | null>;
  /** The plan that counts now, and when it ends. */
  standing(licenseId: string): Promise<LicenseStanding>;
  /** Writes the key of a new license as a note to its order, once, independently of the mail. */
  queueKeyNote(mail: Due): Promise<void>;
  /** Mails and notes to be sent now, and taken by the caller for some minutes. */
  takeDue(most: number): Promise<Due[]>;
  sent(id: string): Promise<void>;
  /** It is tried again later, a number of times. The operator gets a notice. */
  notSent(due: Due, reason: string): Promise<void>;
  /** Removes links and sessions that ended long ago; gives how many. */
  prune(): Promise<number>;
}

export interface ShopCustomer {
  /** The customer of the subscription that runs, if any does; else the last one. */
  id: string;
  /** Whether a subscription of the license's plan runs. */
  isSubscribed: boolean;
}

const SESSION_SECONDS = 24 * 3600;
/** About four days. */
const MOST_ATTEMPTS = 20;
const LONGEST_REASON = 500;

export function createBuyerStore(prisma: PrismaClient, vault: KeyVault): BuyerStore {
  return {
    prepareClaim: () => insertClaim(prisma, null),
    openClaim: async licenseId => (await insertClaim(prisma, licenseId)).token,
    claim: token => redeem(prisma, vault, token),
    async askSignIn(email, language) {
      if (language) await learnLanguage(prisma, { email }, language);
      await queueSignIn(prisma, email);
    },
    learnLanguage: (buyer, language) => learnLanguage(prisma, buyer, language),
    standing: licenseId => readStanding(prisma, licenseId),
    openSignIn: accountId => insertLink(prisma, accountId),
    signIn: token => exchange(prisma, token),
    async session(token) {
      if (!TOKEN_FORM.test(token)) return null;
      const [row] = await prisma.$queryRaw<Session[]>`
        SELECT account.id AS "accountId", account.email FROM buyer_session
        JOIN account ON account.id = buyer_session.account_id
        WHERE token_hash = ${digestOf(token)} AND kind = 'session' AND ends_at > sahm_now()`;
      return row ?? null;
    },
    async endSession(token) {
      if (!TOKEN_FORM.test(token)) return;
      await prisma.$executeRaw`DELETE FROM buyer_session WHERE token_hash = ${digestOf(token)}`;
    },
    async reveal(accountId, wanted) {
      const licenseId = await licenseOf(prisma, accountId, wanted);
      const key = licenseId && (await readKey(prisma, vault, licenseId));
      return licenseId && key ? { licenseId, key } : null;
    },
    keyOf: licenseId => readKey(prisma, vault, licenseId),
    async customer(shop, licenseId) {
      const [row] = await prisma.$queryRaw<ShopCustomer[]>`
        SELECT id, "isSubscribed" FROM (
          SELECT customer_id AS id, orders.created_at, EXISTS (SELECT FROM purchase_fact fact
              JOIN purchase_line line USING (shop, order_id, line_id)
              WHERE fact.shop = orders.shop AND fact.order_id = orders.order_id
                AND (fact.details ->> 'paid_until')::timestamptz > sahm_now()
                AND line.terms ->> 'kind' = 'plan')
            AND NOT EXISTS (SELECT FROM purchase_fact fact
              WHERE fact.shop = orders.shop AND fact.order_id = orders.order_id
                AND fact.kind = 'cancelled') AS "isSubscribed"
          FROM purchase_order orders
          WHERE license_id = ${licenseId}::uuid AND shop = ${shop} AND customer_id IS NOT NULL
          UNION ALL
          SELECT customer_id, shop_customer.created_at, false FROM shop_customer
          JOIN license ON license.account_id = shop_customer.account_id
          WHERE shop = ${shop} AND license.id = ${licenseId}::uuid
        ) known ORDER BY "isSubscribed" DESC, created_at DESC LIMIT 1`;
      return row ?? null;
    },
    async emailOf(licenseId) {
      const [row] = await prisma.$queryRaw<Array<{ email: string }>>`
        SELECT email FROM account JOIN license ON license.account_id = account.id
        WHERE license.id = ${licenseId}::uuid`;
      return row?.email ?? null;
    },
    takeDue: most => takeDue(prisma, most),
    async sent(id) {
      await prisma.$executeRaw`
        UPDATE notice SET sent_at = sahm_now(), error = '' WHERE id = ${id}::uuid`;
    },
    async queueKeyNote({ accountId, licenseId, shop, orderId }) {
      await prisma.$executeRaw`
        INSERT INTO notice (id, kind, account_id, license_id, shop, order_id)
        VALUES (${uuidv7()}::uuid, 'key_note', ${accountId}::uuid, ${licenseId}::uuid, ${shop},
          ${orderId})
        ON CONFLICT DO NOTHING`;
    },
    async notSent(due, error) {
      const reason = cleanText(error, LONGEST_REASON);
      await inTransaction(prisma, async transaction => {
        await transaction.$executeRaw`
          UPDATE notice SET error = ${reason},
            send_at = sahm_now() + least(360, 2 ^ attempts) * interval '1 minute'
          WHERE id = ${due.id}::uuid`;
        const isGivenUp = due.attempts >= MOST_ATTEMPTS;
        await writeMailFailure(transaction, { ...due, isGivenUp }, reason);
      });
    },
    prune: async () =>
      (await prisma.$executeRaw`
        DELETE FROM claim WHERE ends_at < sahm_now() - interval '30 days'
          OR (license_id IS NULL AND ends_at < sahm_now() - interval '1 day')`) +
      (await prisma.$executeRaw`
        DELETE FROM buyer_session WHERE ends_at < sahm_now() - interval '30 days'`),
  };
}

async function insertClaim(
  db: Queryable,
  licenseId: string | null,
): Promise<{ id: string; token: string }> {
  const id = uuidv7();
  const token = newSecret();
  await db.$executeRaw`
    INSERT INTO claim (id, token_hash, license_id, account_id, ends_at)
    SELECT ${id}::uuid, ${digestOf(token)}, ${licenseId}::uuid,
      (SELECT account_id FROM license WHERE id = ${licenseId}::uuid),
      sahm_now() + interval '7 days'`;
  return { id, token };
}

async function redeem(prisma: PrismaClient, vault: KeyVault, token: string): Promise<Claimed> {
  if (!TOKEN_FORM.test(token)) return { kind: 'unknown' };
  // One statement decides: of two who come at once, one gets the key.
  const [row] = await prisma.$queryRaw<Array<{ license_id: string }>>`
    UPDATE claim SET used_at = sahm_now()
    WHERE token_hash = ${digestOf(token)} AND used_at IS NULL AND ends_at > sahm_now()
      AND license_id IS NOT NULL
    RETURNING license_id`;
  if (row) {
    const key = await readKey(prisma, vault, row.license_id);
    return key ? { kind: 'claimed', licenseId: row.license_id, key } : { kind: 'unknown' };
  }
  const [open] = await prisma.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM claim WHERE token_hash = ${digestOf(token)} AND used_at IS NULL
      AND ends_at > sahm_now()`;
  return { kind: open ? 'not_ready' : 'unknown' };
}

async function licenseOf(
  db: Queryable,
  accountId: string,
  licenseId: string | undefined,
): Promise<string | null> {
  const [row] = await db.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM license WHERE account_id = ${accountId}::uuid AND state <> 'revoked'
      AND (${licenseId ?? null}::text IS NULL OR id::text = ${licenseId ?? null})
    ORDER BY (${STATE_NOW} = 'active') DESC, created_at, id LIMIT 1`;
  return row?.id ?? null;
}

async function readKey(db: Queryable, vault: KeyVault, licenseId: string): Promise<string | null> {
  const [row] = await db.$queryRaw<Array<{ id: string; sealed: Uint8Array }>>`
    SELECT id, sealed FROM license_key WHERE license_id = ${licenseId}::uuid AND valid_until IS NULL
    ORDER BY created_at DESC LIMIT 1`;
  return row ? vault.open(row.sealed, row.id) : null;
}

/** The link itself is made when it is sent. */
async function queueSignIn(db: Queryable, email: string): Promise<void> {
  await db.$executeRaw`
    INSERT INTO notice (id, kind, account_id)
    SELECT ${uuidv7()}::uuid, 'sign_in', id FROM account
    WHERE email = ${email.toLowerCase()} AND ${MOST_LINKS}::int > (
      SELECT count(*) FROM notice WHERE account_id = account.id AND kind = 'sign_in'
        AND notice.created_at > sahm_now() - interval '15 minutes')`;
}

async function insertLink(db: Queryable, accountId: string): Promise<string> {
  const token = newSecret();
  await db.$executeRaw`
    INSERT INTO buyer_session (id, token_hash, account_id, kind, ends_at)
    VALUES (${uuidv7()}::uuid, ${digestOf(token)}, ${accountId}::uuid, 'link',
      sahm_now() + interval '15 minutes')`;
  return token;
}

async function exchange(
  db: Queryable,
  token: string,
): Promise<{ token: string; seconds: number } | null> {
  if (!TOKEN_FORM.test(token)) return null;
  const session = newSecret();
  const exchanged = await db.$executeRaw`
    UPDATE buyer_session SET kind = 'session', token_hash = ${digestOf(session)},
      ends_at = sahm_now() + ${SESSION_SECONDS}::int * interval '1 second'
    WHERE token_hash = ${digestOf(token)} AND kind = 'link' AND ends_at > sahm_now()`;
  return exchanged === 1 ? { token: session, seconds: SESSION_SECONDS } : null;
}

/** Taken for five minutes: if the process dies, another sends them then. */
async function takeDue(db: Queryable, most: number): Promise<Due[]> {
  return db.$queryRaw<Due[]>`
    UPDATE notice SET attempts = attempts + 1, send_at = sahm_now() + interval '5 minutes'
    FROM account
    WHERE account.id = notice.account_id AND notice.id IN (
      SELECT id FROM notice WHERE sent_at IS NULL AND send_at <= sahm_now()
        AND attempts < ${MOST_ATTEMPTS}::int
      ORDER BY send_at LIMIT ${most}::int FOR UPDATE SKIP LOCKED)
    RETURNING notice.id, notice.kind, notice.attempts, account.email, account.language,
      notice.kind = ANY (account.muted_notices) AS "isUnwanted",
      notice.account_id AS "accountId",
      notice.license_id AS "licenseId", notice.shop, coalesce((SELECT part_of FROM purchase_order
        WHERE shop = notice.shop AND order_id = notice.order_id), notice.order_id) AS "orderId"`;
}
