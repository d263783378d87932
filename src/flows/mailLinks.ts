// Mails claim links and sign-in links to buyers, and notes new keys at their orders. The tokens of links are made
// here and appear only in the mail.

import { type BuyerMessageKind, composeLinkMail } from '../domain/mail.js';
import { maskSecrets } from '../domain/secretForms.js';
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
  /** Called with each attempt that failed. */
  mailFailed(due: Due, reason: string): void;
}

/** Sends at most `most` mails and notes that are due. What fails is tried again later, each for itself. */
export async function mailLinks(
  most: number,
  deps: LinkMailDeps,
): Promise<{ sent: number; failed: number }> {
  const ended = { sent: 0, failed: 0 };
  let left = most;
  while (left > 0) {
    const taken = await deps.buyers.takeDue(left);
    if (taken.length === 0) break;
    left -= taken.length;
    for (const due of taken) ended[await send(due, deps)] += 1;
  }
  return ended;
}

async function send(due: Due, deps: LinkMailDeps): Promise<'sent' | 'failed'> {
  try {
    await SENDERS[due.kind](due, deps);
  } catch (error) {
    const reason = reasonOf(error);
    deps.mailFailed(due, reason);
    await deps.buyers.notSent(due, reason);
    return 'failed';
  }
  await deps.buyers.sent(due.id);
  return 'sent';
}

const SENDERS: Record<BuyerMessageKind, (due: Due, deps: LinkMailDeps) => Promise<void>> = {
  sign_in: sendSignIn,
  license_ready: sendClaim,
  key_note: writeNote,
};

async function sendSignIn(due: Due, { buyers, mailer, publicUrl }: LinkMailDeps): Promise<void> {
  const link = `${publicUrl}/sign-in/${await buyers.openSignIn(due.accountId)}`;
  await mailer.send(composeLinkMail('sign_in', due.email, link));
}

async function sendClaim(due: Due, deps: LinkMailDeps): Promise<void> {
  const { buyers, mailer, publicUrl } = deps;
  if (writerFor(due, deps)) await buyers.queueKeyNote(due);
  const link = `${publicUrl}/claim/${await buyers.openClaim(licenseOf(due))}`;
  await mailer.send(composeLinkMail('license_ready', due.email, link));
}

async function writeNote(due: Due, deps: LinkMailDeps): Promise<void> {
  const write = writerFor(due, deps);
  const key = await deps.buyers.keyOf(licenseOf(due));
  // Keys are no longer noted, or there is none any more.
  if (!write || key === null) return;
  await write(`Your license key / کلید لایسنس شما: ${key}`);
}

/** Null where no key is noted at the order. */
function writerFor({ shop, orderId }: Due, { shops }: LinkMailDeps) {
  const writeKeyNote = shop && isShop(shop) && shops[shop].writeKeyNote;
  return orderId && writeKeyNote ? (note: string) => writeKeyNote(orderId, note) : null;
}

function licenseOf({ licenseId }: Due): string {
  if (licenseId === null) throw new Error('a message of no license');
  return licenseId;
}

/** Of a mail server only its codes (`EENVELOPE 550`): its words may hold anything. */
function reasonOf(error: unknown): string {
  const { code, responseCode, message } = Object(error) as Record<string, unknown>;
  if (typeof code === 'string') return [code, responseCode].filter(Boolean).join(' ');
  return maskSecrets(typeof message === 'string' ? message : String(error));
}
