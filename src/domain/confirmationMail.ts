// The mail that confirms what an order brought to a license that existed.

import { amountInWords, digitsOf, instantInWords } from './inWords.js';
import type { LocalizedText } from './language.js';
import type { Block, Frame, Mail, Receiver } from './letter.js';
import { compose, type MailSettings, type Standing, type Texts } from './mail.js';
import type { QuotaKey } from './provider.js';

/** What was bought for a license that existed. */
export interface Confirmation {
  items: BoughtItem[];
  order: string | null;
  /** The buyer's license as it stands now; null where it is somebody else's. */
  license: (Standing & { isExpired: boolean }) | null;
  /** The address at which the buyer sees it. */
  accountUrl: string;
}

export type BoughtItem =
  /** `endsAt`: of the last term of the plan; null for a plan without an end. */
  | { kind: 'plan'; name: LocalizedText; endsAt: Date | null }
  /** For a wallet: micro-dollars. */
  | { kind: 'units'; provider: QuotaKey; units: number };

export function composeConfirmation(
  to: Receiver,
  confirmation: Confirmation,
  settings: MailSettings & Frame,
): Mail {
  return compose(CONFIRMED, to, confirmation, settings);
}

const CONFIRMED: Texts<Confirmation> = {
  fa: (confirmation, timeZone) => ({
    subject: 'خرید شما انجام شد',
    blocks: confirmed(confirmation, {
      bought: 'خرید شما با موفقیت انجام شد:',
      item: item =>
        item.kind === 'plan'
          ? `پلن ${item.name.fa}`
          : `بستهٔ افزایشی: ${amountInWords(item.units, item.provider, 'fa')}`,
      until: (item, end) => `${item} تا ${instantInWords(end, 'fa', timeZone)}`,
      order: order => `شمارهٔ سفارش: ${digitsOf(order, 'fa')}`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `پلن کنونی شما «${plan.fa}» است و تا ${instantInWords(endsAt, 'fa', timeZone)} اعتبار دارد.`
          : `پلن کنونی شما «${plan.fa}» است و لایسنس شما تاریخ پایان ندارد.`,
      ended: 'لایسنس شما منقضی شده است.',
      see: 'لایسنس خود را در این نشانی ببینید:',
      button: 'دیدن لایسنس',
    }),
  }),
  en: (confirmation, timeZone) => ({
    subject: 'Your purchase is complete',
    blocks: confirmed(confirmation, {
      bought: 'Your purchase is complete:',
      item: item =>
        item.kind === 'plan'
          ? `${item.name.en} plan`
          : `Add-on: ${amountInWords(item.units, item.provider, 'en')}`,
      until: (item, end) => `${item}, until ${instantInWords(end, 'en', timeZone)}`,
      order: order => `Order: ${order}`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `Your plan is ${plan.en} now, and runs until ${instantInWords(endsAt, 'en', timeZone)}.`
          : `Your plan is ${plan.en} now, and your license has no end.`,
      ended: 'Your license has expired.',
      see: 'See your license here:',
      button: 'See your license',
    }),
  }),
  'zh-TW': (confirmation, timeZone) => ({
    subject: '您的購買已完成',
    blocks: confirmed(confirmation, {
      bought: '您的購買已完成：',
      item: item =>
        item.kind === 'plan'
          ? item.name['zh-TW']
          : `加購包：${amountInWords(item.units, item.provider, 'zh-TW')}`,
      until: (item, end) => `${item}，至 ${instantInWords(end, 'zh-TW', timeZone)}`,
      order: order => `訂單編號：${order}`,
      runs: ({ plan, endsAt }) =>
        endsAt
          ? `您目前的方案為「${plan['zh-TW']}」，有效至 ${instantInWords(endsAt, 'zh-TW', timeZone)}。`
          : `您目前的方案為「${plan['zh-TW']}」，授權沒有到期日。`,
      ended: '您的授權已到期。',
      see: '請在此查看您的授權：',
      button: '查看授權',
    }),
  }),
};

interface ConfirmedWords {
  bought: string;
  item(item: BoughtItem): string;
  until(item: string, end: Date): string;
  order(order: string): string;
  runs(license: Standing): string;
  ended: string;
  see: string;
  button: string;
}

function confirmed(
  { items, order, license, accountUrl }: Confirmation,
  words: ConfirmedWords,
): Block[] {
  // What the license runs until is said below, once.
  const isSaid = (end: Date) => license?.endsAt?.getTime() === end.getTime();
  const list = items.map(item => {
    const end = item.kind === 'plan' && license ? item.endsAt : null;
    return end === null || isSaid(end) ? words.item(item) : words.until(words.item(item), end);
  });
  const blocks: Block[] = [{ text: words.bought }, { list }];
  if (license) blocks.push({ text: license.isExpired ? words.ended : words.runs(license) });
  if (order !== null) blocks.push({ text: words.order(order) });
  if (license) blocks.push({ before: words.see, url: accountUrl, button: words.button });
  return blocks;
}
