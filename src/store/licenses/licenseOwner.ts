// Whose a license is, and how its owner gets the key.

import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../database/transaction.js';

/** Returns the account of an address, locked. Creates it if there is none. */
export async function lockAccountOfEmail(transaction: Transaction, email: string): Promise<string> {
  const [account] = await transaction.$queryRaw<[{ id: string }]>`
    INSERT INTO account (id, email) VALUES (${uuidv7()}::uuid, ${email.toLowerCase()})
    ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id`;
  return account.id;
}

/**
 * Finds and locks the buyer with an address, who is made where there is none, and the owner of a license: accounts
 * are locked before licenses.
 */
export async function lockBuyer(
  transaction: Transaction,
  licenseId: string,
  email: string,
): Promise<string> {
  const buyerId = await lockAccountOfEmail(transaction, email);
  await transaction.$executeRaw`
    SELECT FROM account WHERE id = (SELECT account_id FROM license WHERE id = ${licenseId}::uuid)
    FOR NO KEY UPDATE`;
  return buyerId;
}

/**
 * Gives a license to a buyer. What was bought for it goes
 * along, and links that were mailed to the former owner open nothing any more. Returns the former address, or
 * null where nothing changed.
 */
export async function giveToBuyer(
  transaction: Transaction,
  licenseId: string,
  buyerId: string,
): Promise<string | null> {
  const [former] = await transaction.$queryRaw<Array<{ id: string; email: string }>>`
    SELECT account.id, email FROM account JOIN license ON license.account_id = account.id
    WHERE license.id = ${licenseId}::uuid`;
  if (!former || former.id === buyerId) return null;
  await transaction.$executeRaw`
    UPDATE license SET account_id = ${buyerId}::uuid, version = version + 1
    WHERE id = ${licenseId}::uuid`;
  await transaction.$executeRaw`
    UPDATE purchase_order SET account_id = ${buyerId}::uuid WHERE license_id = ${licenseId}::uuid`;
  // A mail that is not sent yet goes to the new owner.
  await transaction.$executeRaw`
    UPDATE notice SET account_id = ${buyerId}::uuid, attempts = 0, send_at = sahm_now()
    WHERE license_id = ${licenseId}::uuid AND sent_at IS NULL AND kind <> 'sign_in'`;
  await transaction.$executeRaw`
    DELETE FROM claim WHERE license_id = ${licenseId}::uuid AND used_at IS NULL`;
  // The shop's customer id moves too, if the old account has no other license of it.
  await transaction.$executeRaw`
    UPDATE shop_customer SET account_id = ${buyerId}::uuid
    WHERE account_id = ${former.id}::uuid
      AND NOT EXISTS (SELECT FROM license WHERE account_id = ${former.id}::uuid)`;
  return former.email;
}

/** A mail with a new claim link; one that is still to be sent is enough. */
export async function askForKeyMail(transaction: Transaction, licenseId: string): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO notice (id, kind, account_id, license_id)
    SELECT ${uuidv7()}::uuid, 'license_ready', account_id, id FROM license
    WHERE id = ${licenseId}::uuid AND NOT EXISTS (SELECT FROM notice
      WHERE notice.license_id = license.id AND notice.account_id = license.account_id
        AND kind = 'license_ready' AND sent_at IS NULL)`;
}
