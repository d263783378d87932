// Mails claim links, sign-in links and confirmations to buyers, and notes new keys at their orders. The tokens of
// links are made here and appear only in the mail.

import { type Catalog, findPlan } from '../domain/catalog.js';
import type { LocalizedText } from '../domain/language.js';
import {
  type BoughtItem,
  type BuyerMessageKind,
  composeConfirmation,
  composeLicenseReady,
  composeSignIn,
} from '../domain/mail.js';
import { maskSecrets } from '../domain/secretForms.js';
import { isShop, type Seller } from '../domain/shop.js';
import type { Mailer } from '../outbound/mailer.js';
import type { Shops } from '../shops/port.js';
import type { BuyerStore, Due } from '../store/licenses/buyers.js';

export interface LinkMailDeps {
  buyers: BuyerStore;
  catalog: () => Catalog;
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
  purchase_confirmed: sendConfirmation,
  key_note: writeNote,
};

async function sendSignIn(due: Due, { buyers, mailer, publicUrl }: LinkMailDeps): Promise<void> {
  const link = `${publicUrl}/sign-in/${await buyers.openSignIn(due.accountId)}`;
  await mailer.send(composeSignIn(due, link));
}

async function sendClaim(due: Due, deps: LinkMailDeps): Promise<void> {
  const { buyers, mailer, publicUrl } = deps;
  if (writerFor(due, deps)) await buyers.queueKeyNote(due);
  const link = `${publicUrl}/claim/${await buyers.openClaim(licenseOf(due))}`;
  await mailer.send(composeLicenseReady(due, link));
}

async function sendConfirmation(due: Due, deps: LinkMailDeps): Promise<void> {
  const { buyers, catalog, mailer, publicUrl } = deps;
  const bought = await buyers.bought({ ...due, ...orderOf(due), licenseId: licenseOf(due) });
  const nameOf = (plan: string) => findPlan(catalog(), plan)?.name ?? sameInAll(plan.toUpperCase());
  const items: BoughtItem[] = [
    ...bought.plans.map(plan => ({ kind: 'plan', name: nameOf(plan) }) as const),
    ...bought.units.map(units => ({ kind: 'units', ...units }) as const),
  ];
  // All of it was taken back meanwhile.
  if (items.length === 0) return;
  const license = bought.license && { ...bought.license, plan: nameOf(bought.license.plan) };
  const accountUrl = `${publicUrl}/account`;
  await mailer.send(composeConfirmation(due, { items, license, accountUrl }));
}

function sameInAll(name: string): LocalizedText {
  return { fa: name, en: name, 'zh-TW': name };
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

function orderOf({ shop, orderId }: Due): { shop: Seller; orderId: string } {
  if (shop === null || orderId === null) throw new Error('a message of no order');
  return { shop, orderId };
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
