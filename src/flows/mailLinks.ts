// Mails claim links and sign-in links to buyers. Their tokens are made here and appear only in the mail.

import { composeLinkMail } from '../domain/mail.js';
import { isShop } from '../domain/shop.js';
import type { Mailer } from '../outbound/mailer.js';
import type { Shops } from '../shops/port.js';
import type { BuyerStore, Due } from '../store/licenses/buyers.js';

export interface LinkMailDeps {
  buyers: BuyerStore;
  mailer: Mailer;
  /** The address of the service, without a trailing slash. */
  publicUrl: string;
  shops: Shops;
}

/** Sends at most `most` link mails that are due. What fails is tried again later. */
export async function mailLinks(
  most: number,
  deps: LinkMailDeps,
): Promise<{ sent: number; failed: number }> {
  let sent = 0;
  let failed = 0;
  for (const due of await deps.buyers.takeDue(most)) {
    try {
      await SENDERS[due.kind](due, deps);
      await deps.buyers.sent(due.id);
      sent += 1;
    } catch (error) {
      await deps.buyers.notSent(due.id, error instanceof Error ? error.message : String(error));
      failed += 1;
    }
  }
  return { sent, failed };
}

const SENDERS: Record<Due['kind'], (due: Due, deps: LinkMailDeps) => Promise<void>> = {
  sign_in: sendSignIn,
  license_ready: sendClaim,
};

async function sendSignIn(due: Due, { buyers, mailer, publicUrl }: LinkMailDeps): Promise<void> {
  const link = `${publicUrl}/sign-in/${await buyers.openSignIn(due.accountId)}`;
  await mailer.send(composeLinkMail(due.kind, due.email, link));
}

async function sendClaim(
  { kind, email, licenseId, shop, orderId }: Due,
  { buyers, mailer, publicUrl, shops }: LinkMailDeps,
): Promise<void> {
  if (licenseId === null) throw new Error('a notice of no license');
  const link = `${publicUrl}/claim/${await buyers.openClaim(licenseId)}`;
  await mailer.send(composeLinkMail(kind, email, link));
  const writeKeyNote = shop && isShop(shop) && shops[shop].writeKeyNote;
  if (orderId && writeKeyNote) {
    const key = await buyers.keyOf(licenseId);
    if (key) await writeKeyNote(orderId, `Your license key / کلید لایسنس شما: ${key}`);
  }
}
