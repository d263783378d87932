// What the notices of a plan that sells money say to its buyer: the same as those of requests, in dollars.

import { dollarsInWords, periodInWords } from './inWords.js';
import type { Language } from './language.js';
import type { WalletAllowance } from './notice.js';
import type { NoticeText } from './noticeTexts.js';

export function walletMost(details: WalletAllowance): NoticeText {
  const [fa, en, zhTW] = amountsOf(details);
  return {
    fa: {
      subject: 'بیش از ۸۰٪ سهم شما مصرف شده است',
      lines: [
        `تا اکنون ${fa.used} از ${fa.limit} در دورهٔ ${fa.period} مصرف شده است.`,
        'برای ادامه پس از پایان سهم، می‌توانید بستهٔ افزایشی بخرید.',
      ],
    },
    en: {
      subject: 'More than 80 % of your allowance is used',
      lines: [
        `${en.used} of the ${en.limit} of ${en.period} is used.`,
        'To go on when the rest is used, you can buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已使用超過 80%',
      lines: [
        `${zhTW.period}的額度已使用 ${zhTW.used} / ${zhTW.limit}。`,
        '如需在用完後繼續使用，可購買加購包。',
      ],
    },
  };
}

export function walletAll(details: WalletAllowance): NoticeText {
  const [fa, en, zhTW] = amountsOf(details);
  return {
    fa: {
      subject: 'سهم شما تمام شده است',
      lines: [
        `از ${fa.limit} دورهٔ ${fa.period}، ${fa.used} مصرف شده است.`,
        'درخواستی که بیش از باقی‌مانده هزینه دارد تا آغاز دورهٔ بعد یا خرید بستهٔ افزایشی پذیرفته نمی‌شود.',
      ],
    },
    en: {
      subject: 'Your allowance is used up',
      lines: [
        `${en.used} of the ${en.limit} of ${en.period} is used.`,
        'Requests that cost more than the rest are refused until the next period begins or you buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已用完',
      lines: [
        `${zhTW.period}的額度已使用 ${zhTW.used} / ${zhTW.limit}。`,
        '在下一期開始或購買加購包之前，費用超過剩餘額度的請求將被拒絕。',
      ],
    },
  };
}

function amountsOf({ period, used, limit }: WalletAllowance) {
  const inWords = (language: Language) => ({
    used: dollarsInWords(used, language),
    limit: dollarsInWords(limit, language),
    period: periodInWords(period, language),
  });
  return [inWords('fa'), inWords('en'), inWords('zh-TW')] as const;
}
