// Mails to buyers: each in the buyer's language, or in Persian and English where we do not know it.

import type { Language, LocalizedText } from './language.js';
import { DESCRIPTIONS, type Provider } from './provider.js';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** What a buyer is sent: mails, and a note with the key to the order in the shop. */
export const BUYER_MESSAGE_KINDS = [
  'license_ready',
  'sign_in',
  'purchase_confirmed',
  'key_note',
] as const;
export type BuyerMessageKind = (typeof BUYER_MESSAGE_KINDS)[number];

export interface Receiver {
  email: string;
  language: Language | null;
}

/** What was bought for a license that existed. */
export interface Confirmation {
  items: BoughtItem[];
  /** The buyer's license as it stands now; null where it is somebody else's. */
  license: { plan: LocalizedText; endsAt: Date | null; isExpired: boolean } | null;
  /** Where the buyer sees it. */
  accountUrl: string;
}

export type BoughtItem =
  | { kind: 'plan'; name: LocalizedText }
  | { kind: 'units'; provider: Provider; units: number };

type Written = Pick<Mail, 'subject' | 'text'>;
type Texts<About> = Record<Language, (about: About) => Written>;

const WHERE_UNKNOWN: Language[] = ['fa', 'en'];

/** `link` holds the token, which appears nowhere else. */
export function composeLicenseReady(to: Receiver, link: string): Mail {
  return compose(LICENSE_READY, to, link);
}

export function composeSignIn(to: Receiver, link: string): Mail {
  return compose(SIGN_IN, to, link);
}

export function composeConfirmation(to: Receiver, confirmation: Confirmation): Mail {
  return compose(CONFIRMED, to, confirmation);
}

function compose<About>(texts: Texts<About>, { email, language }: Receiver, about: About): Mail {
  const written = (language ? [language] : WHERE_UNKNOWN).map(each => texts[each](about));
  return {
    to: email,
    subject: written.map(({ subject }) => subject).join(' / '),
    text: written.map(({ text }) => text).join('\n'),
  };
}

const LICENSE_READY: Texts<string> = {
  fa: link => ({
    subject: 'کلید لایسنس شما',
    text: `خرید شما انجام شد. کلید لایسنس خود را با این پیوند دریافت کنید. پیوند یک بار و تا ۷ روز کار می‌کند:
${link}

پس از آن نیز می‌توانید با همین نشانی ایمیل وارد شوید و کلید را دوباره ببینید.
`,
  }),
  en: link => ({
    subject: 'Your license key',
    text: `Your purchase is complete. Get your license key with this link. It works once, within 7 days:
${link}

Later you can sign in with this e-mail address to read the key again.
`,
  }),
  'zh-TW': link => ({
    subject: '您的授權金鑰',
    text: `您的購買已完成。請透過以下連結取得授權金鑰。此連結只能使用一次，7 天內有效：
${link}

之後您也可以用此電子郵件地址登入，再次查看金鑰。
`,
  }),
};

const SIGN_IN: Texts<string> = {
  fa: link => ({
    subject: 'ورود',
    text: `برای ورود این پیوند را باز کنید. یک بار و تا ۱۵ دقیقه کار می‌کند:
${link}

اگر شما نخواسته‌اید، این پیام را نادیده بگیرید.
`,
  }),
  en: link => ({
    subject: 'Sign in',
    text: `Open this link to sign in. It works once, within 15 minutes:
${link}

If you did not ask for it, ignore this message.
`,
  }),
  'zh-TW': link => ({
    subject: '登入',
    text: `請開啟以下連結登入。此連結只能使用一次，15 分鐘內有效：
${link}

如果您沒有提出登入要求，請忽略此郵件。
`,
  }),
};

const CONFIRMED: Texts<Confirmation> = {
  fa: confirmation => ({
    subject: 'خرید شما انجام شد',
    text: confirmedText(confirmation, {
      bought: 'خرید شما با موفقیت انجام شد:',
      item: item =>
        item.kind === 'plan'
          ? `پلن ${item.name.fa}`
          : `${item.units} درخواست ${DESCRIPTIONS[item.provider].name}`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `پلن کنونی شما «${plan.fa}» است و تا ${leftToRight(instant(endsAt))} اعتبار دارد.`
          : `پلن کنونی شما «${plan.fa}» است و لایسنس شما تاریخ پایان ندارد.`,
      ended: 'لایسنس شما اکنون منقضی است.',
      see: 'لایسنس خود را در این نشانی ببینید:',
    }),
  }),
  en: confirmation => ({
    subject: 'Your purchase is complete',
    text: confirmedText(confirmation, {
      bought: 'Your purchase is complete:',
      item: item =>
        item.kind === 'plan'
          ? `${item.name.en} plan`
          : `${item.units} requests of ${DESCRIPTIONS[item.provider].name}`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `Your plan is ${plan.en} now, and runs until ${instant(endsAt)}.`
          : `Your plan is ${plan.en} now, and your license has no end.`,
      ended: 'Your license has expired.',
      see: 'See your license here:',
    }),
  }),
  'zh-TW': confirmation => ({
    subject: '您的購買已完成',
    text: confirmedText(confirmation, {
      bought: '您的購買已完成：',
      item: item =>
        item.kind === 'plan'
          ? item.name['zh-TW']
          : `${item.units} 次 ${DESCRIPTIONS[item.provider].name} 請求`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `您目前的方案為「${plan['zh-TW']}」，有效至 ${instant(endsAt)}。`
          : `您目前的方案為「${plan['zh-TW']}」，授權沒有到期日。`,
      ended: '您的授權目前已到期。',
      see: '請在此查看您的授權：',
    }),
  }),
};

interface ConfirmedWords {
  bought: string;
  item(item: BoughtItem): string;
  runs(license: NonNullable<Confirmation['license']>): string;
  ended: string;
  see: string;
}

function confirmedText(
  { items, license, accountUrl }: Confirmation,
  { bought, item, runs, ended, see }: ConfirmedWords,
): string {
  const lines = [bought, ...items.map(each => `- ${item(each)}`), ''];
  if (license) lines.push(license.isExpired ? ended : runs(license), '', see, accountUrl, '');
  return lines.join('\n');
}

/** `2026-12-29 10:00 UTC` */
function instant(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Between marks, or a date in Persian text is shown with its parts in the wrong order. */
function leftToRight(text: string): string {
  return `\u200e${text}\u200e`;
}
