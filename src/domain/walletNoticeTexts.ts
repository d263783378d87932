// What the notices of a plan that sells money say to its buyer: the same as those of requests, in dollars.

import { allowanceInWords, dollarsInWords } from './inWords.js';
import type { WalletAllowance } from './notice.js';
import type { NoticeText } from './noticeTexts.js';

export function walletMost(details: WalletAllowance): NoticeText {
  const { fa, en, 'zh-TW': zhTW } = allowanceInWords(details, dollarsInWords);
  return {
    fa: {
      subject: '۸۰٪ سهم شما مصرف شده است',
      lines: [
        `از ${fa.limit} در دورهٔ ${fa.period} تاکنون ${fa.used} مصرف شده است.`,
        'برای ادامه دادن پس از پایان سهم، می‌توانید بستهٔ افزایشی بخرید.',
      ],
    },
    en: {
      subject: '80% of your allowance is used',
      lines: [
        `${en.used} of the ${en.limit} of ${en.period} is used.`,
        'To go on after that, you can buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已使用 80%',
      lines: [
        `${zhTW.period}的額度已使用 ${zhTW.used} / ${zhTW.limit}。`,
        '如需在用完後繼續使用，可購買加購包。',
      ],
    },
  };
}

export function walletAll(details: WalletAllowance): NoticeText {
  const { fa, en, 'zh-TW': zhTW } = allowanceInWords(details, dollarsInWords);
  return {
    fa: {
      subject: 'سهم شما تمام شده است',
      lines: [
        `از ${fa.limit} در دورهٔ ${fa.period}، ${fa.used} مصرف شده است.`,
        'درخواستی که بیش از باقی‌مانده هزینه دارد تا آغاز دورهٔ بعد یا خرید بستهٔ افزایشی پذیرفته نمی‌شود.',
      ],
    },
    en: {
      subject: 'Your allowance is used up',
      lines: [
        `${en.used} of the ${en.limit} of ${en.period} is used.`,
        'Requests that cost more than what is left are refused until the next period begins or you buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已用完',
      lines: [
        `${zhTW.period}的額度已使用 ${zhTW.used} / ${zhTW.limit}。`,
        '在下個期間開始或購買加購包之前，費用超過剩餘額度的請求將被拒絕。',
      ],
    },
  };
}
