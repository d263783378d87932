// Mails claim links, sign-in links and confirmations to buyers, and writes new keys as notes to their orders. The
// tokens of links are made here and appear only in the mail.

import { type BoughtItem, composeConfirmation } from '../domain/confirmationMail.js';
import type { LocalizedText } from '../domain/language.js';
import {
  type BuyerMessageKind,
  composeLicenseReady,
  composeSignIn,
  keyNoteText,
  type MailSettings,
} from '../domain/mail.js';
import { maskSecrets } from '../domain/secretForms.js';
import { isShop, type Seller } from '../domain/shop.js';
import type { Mailer } from '../outbound/mailer.js';
import type { Shops } from '../shops/port.js';
import type { BoughtForLicense } from '../store/licenses/boughtForLicense.js';
import type { BuyerStore, Due } from '../store/licenses/buyers.js';
import type { Unsubscription } from '../store/notices/unsubscribeTokens.js';

export interface LinkMailDeps {
  buyers: BuyerStore;
  /** What an order brought to a license that existed. */
  bought(of: {
    shop: Seller;
    orderId: string;
    licenseId: string;
    accountId: string;
  }): Promise<BoughtForLicense>;
  mailer: Mailer;
  mailing: MailSettings & {
    /** The address of the service, without a trailing slash. */
    publicUrl: string;
    accountUrl: string;
    planName(code: string): LocalizedText;
    unsubscribeLink(wanted: Unsubscription): string;
  };
  shops: Shops;
  /** Called for each attempt that failed. */
  mailFailed(due: Due, reason: string): void;
}

/** Sends at most `most` mails and notes that are due. Each that fails is tried again later. */
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
  purchase_confirmed: sendConfirmation,
  key_note: writeNote,
};

async function sendSignIn(due: Due, { buyers, mailer, mailing }: LinkMailDeps): Promise<void> {
  const link = `${mailing.publicUrl}/sign-in/${await buyers.openSignIn(due.accountId)}`;
  await mailer.send(composeSignIn(due, link, mailing));
}

async function sendClaim(due: Due, deps: LinkMailDeps): Promise<void> {
  const { buyers, mailer, mailing } = deps;
  if (writerFor(due, deps)) await buyers.queueKeyNote(due);
  const { planName } = mailing;
  const { plan, endsAt, given } = await buyers.standing(licenseOf(due));
  const link = `${mailing.publicUrl}/claim/${await buyers.openClaim(licenseOf(due))}`;
  const named = given && { until: given.until, planAfter: planName(given.planAfter) };
  const welcome = { link, plan: planName(plan), given: named, endsAt, order: numberOf(due) };
  await mailer.send(composeLicenseReady(due, welcome, mailing));
}

async function sendConfirmation(due: Due, deps: LinkMailDeps): Promise<void> {
  // The buyer switched off mails of this kind.
  if (due.isUnwanted) return;
  const { mailer, mailing } = deps;
  const { planName, accountUrl } = mailing;
  const bought = await deps.bought({ ...due, ...orderOf(due), licenseId: licenseOf(due) });
  const items: BoughtItem[] = [
    ...bought.plans.map(
      ({ plan, endsAt }) => ({ kind: 'plan', name: planName(plan), endsAt }) as const,
    ),
    ...bought.units.map(units => ({ kind: 'units', ...units }) as const),
  ];
  // Everything in the order was taken back meanwhile.
  if (items.length === 0) return;
  const license = bought.license && { ...bought.license, plan: planName(bought.license.plan) };
  const { accountId } = due;
  const unsubscribeUrl = mailing.unsubscribeLink({ accountId, kind: 'purchase_confirmed' });
  await mailer.send(
    composeConfirmation(
      due,
      { items, order: numberOf(due), license, accountUrl },
      { ...mailing, unsubscribeUrl },
    ),
  );
}

/** The order's number, as the buyer knows it from the shop. An order of our own has none. */
function numberOf({ shop, orderId }: Due): string | null {
  return shop !== null && isShop(shop) ? orderId : null;
}

async function writeNote(due: Due, deps: LinkMailDeps): Promise<void> {
  const write = writerFor(due, deps);
  const key = await deps.buyers.keyOf(licenseOf(due));
  // Key notes were switched off meanwhile, or the key exists no longer.
  if (!write || key === null) return;
  await write(keyNoteText(due.language, key));
}

/** Null if this shop gets no key notes. */
function writerFor({ shop, orderId }: Due, { shops }: LinkMailDeps) {
  const writeKeyNote = shop && isShop(shop) && shops[shop].writeKeyNote;
  return orderId && writeKeyNote ? (note: string) => writeKeyNote(orderId, note) : null;
}

function orderOf({ shop, orderId }: Due): { shop: Seller; orderId: string } {
  if (shop === null || orderId === null) throw new Error('a message of no order');
  return { shop, orderId };
}

function licenseOf({ licenseId }: Due): string {
  if (licenseId === null) throw new Error('a message of no license');
  return licenseId;
}

/** Only a mail server's codes (`EENVELOPE 550`): its messages may contain anything. */
function reasonOf(error: unknown): string {
  const { code, responseCode, message } = Object(error) as Record<string, unknown>;
  if (typeof code === 'string') return [code, responseCode].filter(Boolean).join(' ');
  return maskSecrets(typeof message === 'string' ? message : String(error));
}
