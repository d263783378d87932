// Mails with links to buyers, each in the buyer's language: to the key of a new license, and to sign in with. `link`
// holds the token, which appears nowhere else.

import { digitsOf, instantInWords } from './inWords.js';
import type { Language, LocalizedText } from './language.js';
import { composeLetter, type Frame, type Letter, type Mail, type Receiver } from './letter.js';

export type { Mail, Receiver };

/** What a buyer is sent: mails, and a note with the key to the order in the shop. */
export const BUYER_MESSAGE_KINDS = [
  'license_ready',
  'sign_in',
  'purchase_confirmed',
  'key_note',
] as const;
export type BuyerMessageKind = (typeof BUYER_MESSAGE_KINDS)[number];

/** What all mails of a service have in common. */
export interface MailSettings {
  shopName: string | null;
  /** In which dates are written. */
  timeZone: string;
}

/** A license as its buyer is told of it. */
export interface Standing {
  plan: LocalizedText;
  endsAt: Date | null;
}

export interface Welcome extends Standing {
  /** Set for a plan that is given for a time: its end, and the plan after it. The license goes on. */
  given: { until: Date; planAfter: LocalizedText } | null;
  link: string;
  /** The order's number in the shop. */
  order: string | null;
}

export type Texts<About> = Record<Language, (about: About, timeZone: string) => Letter>;

export function composeLicenseReady(to: Receiver, welcome: Welcome, settings: MailSettings): Mail {
  return compose(LICENSE_READY, to, welcome, settings);
}

export function composeSignIn(to: Receiver, link: string, settings: MailSettings): Mail {
  return compose(SIGN_IN, to, link, settings);
}

/** `settings` may also say where the receiver switches this kind of mail off. */
export function compose<About>(
  texts: Texts<About>,
  to: Receiver,
  about: About,
  settings: MailSettings & Frame,
): Mail {
  return composeLetter(language => texts[language](about, settings.timeZone), to, settings);
}

const LICENSE_READY: Texts<Welcome> = {
  fa: ({ link, plan, given, endsAt, order }, timeZone) => ({
    subject: 'کلید لایسنس شما',
    blocks: [
      {
        text:
          order === null ? 'لایسنس شما آماده است.' : 'خرید شما انجام شد و لایسنس شما آماده است.',
      },
      {
        list: [
          given
            ? `پلن: ${plan.fa} تا ${instantInWords(given.until, 'fa', timeZone)}، سپس ${given.planAfter.fa}`
            : `پلن: ${plan.fa}`,
          ...(order === null ? [] : [`شمارهٔ سفارش: ${digitsOf(order, 'fa')}`]),
          endsAt
            ? `اعتبار تا: ${instantInWords(endsAt, 'fa', timeZone)}`
            : 'اعتبار: بدون تاریخ پایان',
        ],
      },
      {
        before: 'کلید لایسنس خود را با این پیوند دریافت کنید. پیوند یک بار و تا ۷ روز کار می‌کند:',
        url: link,
        button: 'دریافت کلید لایسنس',
      },
      {
        text: 'پس از آن نیز می‌توانید با همین نشانی ایمیل وارد شوید و کلید را دوباره ببینید. کلید را به کسی ندهید: هر درخواستی که با آن فرستاده شود از سقف شما کم می‌شود.',
      },
    ],
  }),
  en: ({ link, plan, given, endsAt, order }, timeZone) => ({
    subject: 'Your license key',
    blocks: [
      {
        text:
          order === null
            ? 'Your license is ready.'
            : 'Your purchase is complete, and your license is ready.',
      },
      {
        list: [
          given
            ? `Plan: ${plan.en} until ${instantInWords(given.until, 'en', timeZone)}, then ${given.planAfter.en}`
            : `Plan: ${plan.en}`,
          ...(order === null ? [] : [`Order: ${order}`]),
          endsAt
            ? `Valid until: ${instantInWords(endsAt, 'en', timeZone)}`
            : 'Valid until: no end date',
        ],
      },
      {
        before: 'Get your license key with this link. It works once, within 7 days:',
        url: link,
        button: 'Get the license key',
      },
      {
        text: 'Later you can sign in with this e-mail address to read the key again. Give the key to nobody: every request that is sent with it is charged to your quota.',
      },
    ],
  }),
  'zh-TW': ({ link, plan, given, endsAt, order }, timeZone) => ({
    subject: '您的授權金鑰',
    blocks: [
      { text: order === null ? '您的授權已可使用。' : '您的購買已完成，授權已可使用。' },
      {
        list: [
          given
            ? `方案：${plan['zh-TW']}（至 ${instantInWords(given.until, 'zh-TW', timeZone)}，之後為${given.planAfter['zh-TW']}）`
            : `方案：${plan['zh-TW']}`,
          ...(order === null ? [] : [`訂單編號：${order}`]),
          endsAt ? `有效至：${instantInWords(endsAt, 'zh-TW', timeZone)}` : '有效期限：沒有到期日',
        ],
      },
      {
        before: '請透過以下連結取得授權金鑰。此連結只能使用一次，7 天內有效：',
        url: link,
        button: '取得授權金鑰',
      },
      {
        text: '之後您也可以用此電子郵件地址登入，再次查看金鑰。請勿將金鑰交給他人：以此金鑰送出的每個請求都會扣除您的額度。',
      },
    ],
  }),
};

const SIGN_IN: Texts<string> = {
  fa: link => ({
    subject: 'پیوند ورود شما',
    blocks: [
      {
        before: 'برای ورود این پیوند را باز کنید. پیوند یک بار و تا ۱۵ دقیقه کار می‌کند:',
        url: link,
        button: 'ورود',
      },
      { text: 'اگر شما آن را نخواسته‌اید، این پیام را نادیده بگیرید.' },
    ],
  }),
  en: link => ({
    subject: 'Your sign-in link',
    blocks: [
      {
        before: 'Open this link to sign in. It works once, within 15 minutes:',
        url: link,
        button: 'Sign in',
      },
      { text: 'If you did not ask for it, ignore this mail.' },
    ],
  }),
  'zh-TW': link => ({
    subject: '您的登入連結',
    blocks: [
      {
        before: '請開啟以下連結登入。此連結只能使用一次，15 分鐘內有效：',
        url: link,
        button: '登入',
      },
      { text: '如果您沒有提出登入要求，請忽略此郵件。' },
    ],
  }),
};

const KEY_NOTE: Record<Language, string> = {
  fa: 'کلید لایسنس شما',
  en: 'Your license key',
  'zh-TW': '您的授權金鑰',
};

/** A note at the order in the shop, which the buyer reads there. */
export function keyNoteText(language: Language | null, key: string): string {
  const words = language ? KEY_NOTE[language] : `${KEY_NOTE.en} / ${KEY_NOTE.fa}`;
  return `${words}: ${key}`;
}
