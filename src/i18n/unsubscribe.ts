// The page that switches a kind of mails off.

import type { Language } from '../domain/language.js';
import type { OptionalMailKind } from '../domain/notice.js';

interface UnsubscribeTexts {
  title: string;
  kinds: Record<OptionalMailKind, string>;
  question(kind: string): string;
  button: string;
  done(kind: string): string;
}

export const UNSUBSCRIBE_TEXTS: Record<Language, UnsubscribeTexts> = {
  fa: {
    title: 'لغو پیام‌ها',
    kinds: {
      allowance_80: 'نزدیک شدن به پایان سهم',
      allowance_100: 'پایان سهم',
      license_expiring: 'نزدیک شدن به پایان لایسنس',
      license_suspended: 'معلق شدن لایسنس',
      grant_waiting: 'در انتظار ماندن بستهٔ افزایشی',
      payment_failed: 'انجام نشدن پرداخت',
      model_retiring: 'کنار گذاشته شدن مدل',
      purchase_confirmed: 'انجام شدن خرید',
    },
    question: kind => `دیگر دربارهٔ «${kind}» به شما پیام نفرستیم؟`,
    button: 'بله، دیگر نفرستید',
    done: kind => `دیگر دربارهٔ «${kind}» پیامی دریافت نمی‌کنید.`,
  },
  en: {
    title: 'Stop mails',
    kinds: {
      allowance_80: 'most of an allowance is used',
      allowance_100: 'an allowance is used up',
      license_expiring: 'a license ends soon',
      license_suspended: 'a license is suspended',
      grant_waiting: 'an add-on is waiting',
      payment_failed: 'a payment failed',
      model_retiring: 'a model retires',
      purchase_confirmed: 'a purchase is complete',
    },
    question: kind => `Shall we stop writing to you when ${kind}?`,
    button: 'Yes, stop these mails',
    done: kind => `You get no more mails when ${kind}.`,
  },
  'zh-TW': {
    title: '停止郵件',
    kinds: {
      allowance_80: '額度即將用完',
      allowance_100: '額度已用完',
      license_expiring: '授權即將到期',
      license_suspended: '授權已停用',
      grant_waiting: '加購包正在等待',
      payment_failed: '付款失敗',
      model_retiring: '模型停止服務',
      purchase_confirmed: '購買已完成',
    },
    question: kind => `要停止寄送「${kind}」的通知郵件嗎？`,
    button: '是，停止寄送',
    done: kind => `您將不再收到「${kind}」的通知郵件。`,
  },
};
