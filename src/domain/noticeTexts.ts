// What the notices of a license say to its buyer.

import {
  allowanceInWords,
  amountInWords,
  dayInWords,
  digitsOf,
  instantInWords,
  numberInWords,
} from './inWords.js';
import type { Language, LocalizedText } from './language.js';
import type { NoticeDetails, RequestAllowance } from './notice.js';
import { DESCRIPTIONS } from './provider.js';

/** The subject and the paragraphs, in each language. */
export type NoticeText = Record<Language, { subject: string; lines: string[] }>;

export interface NoticeWords {
  /** As the catalogue has it. */
  planName(code: string): LocalizedText;
  /** In which dates are written. */
  timeZone: string;
}

export function allowanceMost(details: RequestAllowance): NoticeText {
  const { name } = DESCRIPTIONS[details.provider];
  const { fa, en, 'zh-TW': zhTW } = allowanceInWords(details, numberInWords);
  return {
    fa: {
      subject: '۸۰٪ سهم شما مصرف شده است',
      lines: [
        `از ${fa.limit} درخواست ${name} در دورهٔ ${fa.period} تاکنون ${fa.used} درخواست مصرف شده است.`,
        'برای ادامه دادن پس از پایان سهم، می‌توانید بستهٔ افزایشی بخرید.',
      ],
    },
    en: {
      subject: '80% of your allowance is used',
      lines: [
        `${en.used} of ${en.limit} ${name} requests of ${en.period} are used.`,
        'To go on after that, you can buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已使用 80%',
      lines: [
        `${zhTW.period}的 ${name} 請求已使用 ${zhTW.used} / ${zhTW.limit} 次。`,
        '如需在用完後繼續使用，可購買加購包。',
      ],
    },
  };
}

export function allowanceAll(details: RequestAllowance): NoticeText {
  const { name } = DESCRIPTIONS[details.provider];
  const { fa, en, 'zh-TW': zhTW } = allowanceInWords(details, numberInWords);
  return {
    fa: {
      subject: 'سهم شما تمام شده است',
      lines: [
        `همهٔ درخواست‌های ${name} در دورهٔ ${fa.period} مصرف شده است (${fa.used} از ${fa.limit}).`,
        'درخواست‌های تازه تا آغاز دورهٔ بعد یا خرید بستهٔ افزایشی پذیرفته نمی‌شوند.',
      ],
    },
    en: {
      subject: 'Your allowance is used up',
      lines: [
        `All ${name} requests of ${en.period} are used (${en.used} of ${en.limit}).`,
        'New ones are refused until the next period begins or you buy an add-on.',
      ],
    },
    'zh-TW': {
      subject: '您的額度已用完',
      lines: [
        `${zhTW.period}的 ${name} 請求已全部用完（${zhTW.used} / ${zhTW.limit}）。`,
        '在下個期間開始或購買加購包之前，新的請求將被拒絕。',
      ],
    },
  };
}

export function licenseExpiring(
  { plan, expires_at }: NoticeDetails['license_expiring'],
  { planName, timeZone }: NoticeWords,
): NoticeText {
  const name = planName(plan);
  const instant = (language: Language) => instantInWords(new Date(expires_at), language, timeZone);
  return {
    fa: {
      subject: 'لایسنس شما رو به پایان است',
      lines: [`اگر تمدید نشود، لایسنس «${name.fa}» شما در ${instant('fa')} پایان می‌یابد.`],
    },
    en: {
      subject: 'Your license ends soon',
      lines: [`Unless it is renewed, your ${name.en} license ends on ${instant('en')}.`],
    },
    'zh-TW': {
      subject: '您的授權即將到期',
      lines: [`若未續訂，您的「${name['zh-TW']}」授權將於 ${instant('zh-TW')}到期。`],
    },
  };
}

export function licenseSuspended(
  { plan }: NoticeDetails['license_suspended'],
  { planName }: NoticeWords,
): NoticeText {
  const name = planName(plan);
  return {
    fa: {
      subject: 'لایسنس شما معلق شد',
      lines: [
        `لایسنس «${name.fa}» شما معلق شده است و درخواست‌های آن پذیرفته نمی‌شوند.`,
        'برای آگاهی از دلیل با فروشنده تماس بگیرید.',
      ],
    },
    en: {
      subject: 'Your license is suspended',
      lines: [
        `Your ${name.en} license is suspended, and its requests are refused.`,
        'Ask the shop for the reason.',
      ],
    },
    'zh-TW': {
      subject: '您的授權已停用',
      lines: [`您的「${name['zh-TW']}」授權已被停用，其請求將被拒絕。`, '請向商家詢問原因。'],
    },
  };
}

export function grantWaiting(
  details: NoticeDetails['grant_waiting'],
  { planName }: NoticeWords,
): NoticeText {
  const { plan, provider, units, minimum_plan } = details;
  const [own, needed] = [planName(plan), planName(minimum_plan)];
  const amount = (language: Language) => amountInWords(units, provider, language);
  return {
    fa: {
      subject: 'بستهٔ افزایشی شما در انتظار است',
      lines: [
        `بستهٔ افزایشی شما (${amount('fa')}) به پلن «${needed.fa}» نیاز دارد و پلن شما «${own.fa}» است.`,
        `این بسته نگه داشته می‌شود و با پلن «${needed.fa}» فعال خواهد شد.`,
      ],
    },
    en: {
      subject: 'Your add-on is waiting',
      lines: [
        `Your add-on of ${amount('en')} needs the ${needed.en} plan, and yours is ${own.en}.`,
        'It is kept, and counts as soon as you have that plan.',
      ],
    },
    'zh-TW': {
      subject: '您的加購包正在等待',
      lines: [
        `您的加購包（${amount('zh-TW')}）需要「${needed['zh-TW']}」，而您目前的方案是「${own['zh-TW']}」。`,
        '加購包會予以保留，升級至該方案後即可使用。',
      ],
    },
  };
}

export function paymentFailed(
  { plan, order }: NoticeDetails['payment_failed'],
  { planName }: NoticeWords,
): NoticeText {
  const name = planName(plan);
  return {
    fa: {
      subject: 'پرداخت تمدید انجام نشد',
      lines: [
        `پرداخت تمدید پلن «${name.fa}» شما انجام نشد (سفارش ${digitsOf(order, 'fa')}).`,
        'لطفاً روش پرداخت خود را بررسی کنید. اگر پرداخت تا پایان مهلت انجام نشود، لایسنس شما پایان می‌یابد.',
      ],
    },
    en: {
      subject: 'The payment of your renewal failed',
      lines: [
        `The payment that renews your ${name.en} plan failed (order ${order}).`,
        'Please check your means of payment. If it is not paid in time, your license ends.',
      ],
    },
    'zh-TW': {
      subject: '續訂付款失敗',
      lines: [
        `您的「${name['zh-TW']}」續訂付款失敗（訂單 ${order}）。`,
        '請檢查您的付款方式。若未在期限內付款，您的授權將會到期。',
      ],
    },
  };
}

export function modelRetiring({ model, retires_at }: NoticeDetails['model_retiring']): NoticeText {
  const day = (language: Language) => dayInWords(new Date(retires_at), language, 'UTC');
  return {
    fa: {
      subject: 'یکی از مدل‌های شما کنار گذاشته می‌شود',
      lines: [
        `مدل ${model} که از آن استفاده می‌کنید، در ${day('fa')} کنار گذاشته می‌شود و پس از آن پاسخ نمی‌دهد.`,
        'تا آن روز در برنامهٔ خود مدل دیگری را جایگزین کنید.',
      ],
    },
    en: {
      subject: 'A model that you use will retire',
      lines: [
        `The model ${model}, which you use, retires on ${day('en')}. After that it does not answer.`,
        'Choose another model in your program before that day.',
      ],
    },
    'zh-TW': {
      subject: '您使用的模型即將停止服務',
      lines: [
        `您使用的模型 ${model} 將於 ${day('zh-TW')}停止服務，之後不再回應請求。`,
        '請在該日之前，在您的程式中改用其他模型。',
      ],
    },
  };
}
