// What lines of an explained wallet tell otherwise than those of requests.

import type { Language } from '../domain/language.js';
import type { LineTexts } from './lineTexts.js';

interface WalletLines {
  withoutProduct: string;
  texts: Partial<LineTexts>;
}

export const WALLET_LINES: Record<Language, WalletLines> = {
  en: {
    withoutProduct: 'money given by an administrator',
    texts: {
      carried: ({ what }) => `Left over from earlier months: ${what}`,
      monthly_addon: ({ what }) => `For this month: ${what}`,
      charges: ({ requests, charged }) => `Requests: ${requests}, which cost ${charged}`,
      charges_removed: ({ units }) =>
        `The cost of requests that are no longer listed one by one: ${units}`,
    },
  },
  fa: {
    withoutProduct: 'موجودی‌ای که مدیر داده است',
    texts: {
      carried: ({ what }) => `ماندهٔ ماه‌های پیش: ${what}`,
      monthly_addon: ({ what }) => `برای این ماه: ${what}`,
      charges: ({ requests, charged }) => `درخواست‌ها: ${requests}، به بهای ${charged}`,
      charges_removed: ({ units }) => `بهای درخواست‌هایی که دیگر تک‌تک فهرست نمی‌شوند: ${units}`,
    },
  },
  'zh-TW': {
    withoutProduct: '管理員給予的金額',
    texts: {
      carried: ({ what }) => `前幾個月剩餘：${what}`,
      monthly_addon: ({ what }) => `本月的${what}`,
      charges: ({ requests, charged }) => `請求 ${requests} 次，費用 ${charged}`,
      charges_removed: ({ units }) => `不再逐筆列出的請求費用：${units}`,
    },
  },
};
