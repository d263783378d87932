// Whose a license is, and how its owner gets the key.

import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../database/transaction.js';

/**
 * Gives a license to the buyer with an address, who is made where there is none. What was bought for it goes
 * along, and links that were mailed to the former owner open nothing any more. Returns the former address, or
 * null where nothing changed.
 */
export async function giveToBuyer(
  transaction: Transaction,
  licenseId: string,
  email: string,
): Promise<string | null> {
  const [former] = await transaction.$queryRaw<Array<{ id: string; email: string }>>`
    SELECT account.id, email FROM account JOIN license ON license.account_id = account.id
    WHERE license.id = ${licenseId}::uuid`;
  const address = email.toLowerCase();
  if (!former || former.email === address) return null;
  const [buyer] = await transaction.$queryRaw<[{ id: string }]>`
    INSERT INTO account (id, email) VALUES (${uuidv7()}::uuid, ${address})
    ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id`;
  await transaction.$executeRaw`
    UPDATE license SET account_id = ${buyer.id}::uuid, version = version + 1
    WHERE id = ${licenseId}::uuid`;
  await transaction.$executeRaw`
    UPDATE purchase_order SET account_id = ${buyer.id}::uuid WHERE license_id = ${licenseId}::uuid`;
  await transaction.$executeRaw`
    DELETE FROM claim WHERE license_id = ${licenseId}::uuid AND used_at IS NULL`;
  // The shop's customer goes along where it has nothing else here.
  await transaction.$executeRaw`
    UPDATE shop_customer SET account_id = ${buyer.id}::uuid
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
