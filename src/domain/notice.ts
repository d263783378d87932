// Notices about a license, which go to its holder by mail, and about what failed, which go to the operator; both
// also go to webhook endpoints. The kinds there are, and their form on the wire.

import type { BuyerMessageKind } from './mail.js';
import { type Provider, type QuotaKey, WALLET } from './provider.js';
import type { Seller } from './shop.js';

const HOLDER_KINDS = [
  'allowance_80',
  'allowance_100',
  'license_expiring',
  'license_suspended',
  'grant_waiting',
  'payment_failed',
  'model_retiring',
] as const;
/** No word of these goes to a buyer. */
export const OPERATOR_KINDS = ['purchase_failed', 'mail_failed', 'shop_trouble'] as const;
export const NOTICE_KINDS = [...HOLDER_KINDS, ...OPERATOR_KINDS] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
type OperatorKind = (typeof OPERATOR_KINDS)[number];

/** Mails that a buyer may do without. All others are sent whatever the buyer said: without them nobody gets a key. */
export const OPTIONAL_MAIL_KINDS = [...HOLDER_KINDS, 'purchase_confirmed'] as const;
export type OptionalMailKind = (typeof OPTIONAL_MAIL_KINDS)[number];

export function isOptionalMail(kind: string): kind is OptionalMailKind {
  return OPTIONAL_MAIL_KINDS.some(each => each === kind);
}

export function isForOperator(kind: string): kind is OperatorKind {
  return OPERATOR_KINDS.some(each => each === kind);
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A delivery is given up after this many attempts: about three days. */
export const MOST_ATTEMPTS = 12;

/** Details beside the license, named as on the wire. Never a key or a secret. */
interface Allowance {
  plan: string;
  period: string;
  used: number;
  limit: number;
}
export interface RequestAllowance extends Allowance {
  provider: Provider;
}
/** Its amounts are micro-dollars. */
export interface WalletAllowance extends Allowance {
  provider: typeof WALLET;
  unit: 'microusd';
}
export type AllowanceDetails = RequestAllowance | WalletAllowance;

export interface NoticeDetails {
  allowance_80: AllowanceDetails;
  allowance_100: AllowanceDetails;
  license_expiring: { plan: string; expires_at: string; days_left: number };
  license_suspended: { plan: string };
  grant_waiting: {
    plan: string;
    grant_id: string;
    /** Null where units were given without a product. */
    product: string | null;
    /** `all` for a wallet. Then units are micro-dollars. */
    provider: QuotaKey;
    units: number;
    minimum_plan: string;
  };
  /** A subscription that was to be renewed: once for each invoice, however often its payment is tried. */
  payment_failed: { plan: string; shop: Seller; order: string };
  /** The license has used the model lately. `retires_at`: a day, `2026-12-31`. */
  model_retiring: { plan: string; model: string; retires_at: string };
  /** `event`: of the inbox. */
  purchase_failed: { event: string; shop: Seller; order: string | null; reason: string };
  /** It has been silent for longer than it ever was, or its webhooks are off, missing or old. */
  shop_trouble: { shop: string; trouble: 'silent' | 'webhooks'; says: string };
  mail_failed: {
    /** What the buyer was to be sent; a kind of notice too. */
    mail: BuyerMessageKind | NoticeKind;
    /** Whom it was for. */
    email: string;
    shop: Seller | null;
    order: string | null;
    reason: string;
    attempts: number;
    /** Whether it will not be tried again. */
    is_given_up: boolean;
  };
}

/** Only what concerns the operator may concern no license, or nobody whose address is known. */
type Of<Kind extends NoticeKind, Value> = Kind extends OperatorKind ? Value | null : Value;

/** A notice to be sent. `subject` tells it from other notices of the same kind and license. */
export type NewNotice = {
  [Kind in NoticeKind]: {
    kind: Kind;
    licenseId: Of<Kind, string>;
    subject: string;
    details: NoticeDetails[Kind];
    /** False: webhook endpoints are told, but no mail is sent. */
    mails: boolean;
  };
}[NoticeKind];

export type Notice = {
  [Kind in NoticeKind]: {
    /** The same id for every retry and redelivery. */
    id: string;
    kind: Kind;
    occurredAt: Date;
    licenseId: Of<Kind, string>;
    /** The buyer's. */
    email: Of<Kind, string>;
    details: NoticeDetails[Kind];
  };
}[NoticeKind];

/** The body of a webhook. */
export function noticeBody(notice: Notice): string {
  const { id, kind, occurredAt, licenseId, email, details } = notice;
  const occurred_at = occurredAt.toISOString();
  return JSON.stringify({ id, kind, occurred_at, license_id: licenseId, email, ...details });
}

/** Counters of one provider in one period, as replies show them, and what all buckets have left. */
export interface AllowanceState {
  licenseId: string;
  plan: string;
  provider: QuotaKey;
  period: string;
  used: number;
  limit: number;
  room: number;
}

/** Below this share of an allowance no notice is due. */
export const LOWEST_PERCENT = 80;

/** Hardly ever is a wallet used to the last millionth: what is left of it then pays for no answer. */
const WALLET_USED_UP_PERCENT = 99;

/**
 * The notices that are due for an allowance. The share is that of every reply: of the plan's allowance or the
 * license's own limit, plus the period's add-ons, plus the grants that are drawn on after them. So a holder
 * who still has room in a grant is not told that all is used, and not told too early that most of it is.
 *
 * A holder who passed both thresholds between two checks gets one mail, about the higher one.
 */
export function allowanceNotices(state: AllowanceState): NewNotice[] {
  const { licenseId, plan, provider, period, used, limit, room } = state;
  if (used === 0 || used * 100 < LOWEST_PERCENT * (used + room)) return [];
  const subject = `${period} ${provider}`;
  const isWallet = provider === WALLET;
  const amounts = { plan, period, used, limit };
  const details: AllowanceDetails = isWallet
    ? { ...amounts, provider, unit: 'microusd' }
    : { ...amounts, provider };
  const isUsedUp = room === 0 || (isWallet && used * 100 >= WALLET_USED_UP_PERCENT * (used + room));
  const most = { kind: 'allowance_80', licenseId, subject, details, mails: !isUsedUp } as const;
  const all = { kind: 'allowance_100', licenseId, subject, details, mails: true } as const;
  return isUsedUp ? [most, all] : [most];
}
