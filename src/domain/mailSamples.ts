// Every kind of mail with made-up data, as a preview shows it. A kind without a sample does not compile.

import { composeConfirmation } from './confirmationMail.js';
import type { LocalizedText } from './language.js';
import type { Mail, Receiver } from './letter.js';
import { type BuyerMessageKind, composeLicenseReady, composeSignIn } from './mail.js';
import {
  isOptionalMail,
  NOTICE_KINDS,
  type Notice,
  type NoticeDetails,
  type NoticeKind,
} from './notice.js';
import { composeNotice } from './noticeMail.js';

type SampleKind = Exclude<BuyerMessageKind, 'key_note'> | NoticeKind;

export const SAMPLE_KINDS: readonly SampleKind[] = [
  'license_ready',
  'sign_in',
  'purchase_confirmed',
  ...NOTICE_KINDS,
];

export function isSampleKind(kind: string): kind is SampleKind {
  return SAMPLE_KINDS.some(each => each === kind);
}

export interface SampleSettings {
  shopName: string | null;
  timeZone: string;
  publicUrl: string;
  planName(code: string): LocalizedText;
}

const INSTANT = new Date('2026-12-29T10:00:00Z');
const TOKEN = 'sample-sample-sample-sample-sample-sample-1';
const ORDER = '1234';
const allowance = { plan: 'pro', provider: 'openrouter', period: '2026-12' } as const;

const DETAILS: NoticeDetails = {
  allowance_80: { ...allowance, used: 600, limit: 750 },
  allowance_100: { ...allowance, used: 750, limit: 750 },
  license_expiring: { plan: 'pro', expires_at: INSTANT.toISOString(), days_left: 7 },
  license_suspended: { plan: 'pro' },
  grant_waiting: {
    plan: 'pro',
    grant_id: '019b0000-0000-7000-8000-000000000000',
    product: '516',
    provider: 'openai',
    units: 50,
    minimum_plan: 'vip',
  },
  payment_failed: { plan: 'pro', shop: 'stripe', order: 'sub_sample' },
  model_retiring: { plan: 'pro', model: 'deepseek/deepseek-chat', retires_at: '2026-12-31' },
  purchase_failed: {
    event: '019b0000-0000-7000-8000-000000000001',
    shop: 'woocommerce',
    order: ORDER,
    reason: 'the product woocommerce:999 is not in the catalogue',
  },
  shop_trouble: { shop: 'woocommerce', trouble: 'webhooks', says: 'order.updated is disabled' },
  mail_failed: {
    mail: 'license_ready',
    email: 'buyer@example.com',
    shop: 'woocommerce',
    order: ORDER,
    reason: 'EENVELOPE 550',
    attempts: 1,
    is_given_up: false,
  },
};

export function sampleMail(kind: SampleKind, to: Receiver, settings: SampleSettings): Mail {
  const { publicUrl, planName } = settings;
  const accountUrl = `${publicUrl}/account`;
  const unsubscribeUrl = `${publicUrl}/unsubscribe/sample`;
  const license = { plan: planName('pro'), endsAt: INSTANT };
  if (kind === 'sign_in') return composeSignIn(to, `${publicUrl}/sign-in/${TOKEN}`, settings);
  if (kind === 'license_ready') {
    const link = `${publicUrl}/claim/${TOKEN}`;
    return composeLicenseReady(to, { ...license, given: null, link, order: ORDER }, settings);
  }
  if (kind === 'purchase_confirmed') {
    const confirmation = {
      items: [{ kind: 'units', provider: 'openrouter', units: 1000 } as const],
      order: ORDER,
      license: { ...license, isExpired: false },
      accountUrl,
    };
    return composeConfirmation(to, confirmation, { ...settings, unsubscribeUrl });
  }
  const notice = {
    id: '019b0000-0000-7000-8000-000000000002',
    kind,
    occurredAt: INSTANT,
    licenseId: '019b0000-0000-7000-8000-000000000003',
    email: to.email,
    details: DETAILS[kind],
  } as Notice;
  const frame = isOptionalMail(kind) ? { unsubscribeUrl } : {};
  return composeNotice(notice, to, { ...settings, ...frame, accountUrl });
}
