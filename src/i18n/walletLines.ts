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
      plan: ({ plan, units }) => `Plan ${plan}: ${units} a month`,
      limit: ({ units }) => `Limit of this license for the month: ${units}`,
      carried: ({ what }) => `Left over from earlier months: ${what}`,
      monthly_addon: ({ what }) => `For this month: ${what}`,
      addon: ({ what, units }) => `Bought: ${what}, ${units}`,
      given: ({ what, units }) => `Given: ${units}, ${what}`,
      plan_changed: ({ plan, formerPlan, units }) =>
        `Plan changed from ${formerPlan} to ${plan}: ${units} a month from here on`,
      limit_changed: ({ units }) => `The month's limit changed: ${units} from here on`,
      charges: ({ requests, charged }) => `Requests: ${requests}, which cost ${charged}`,
      charges_removed: ({ units }) =>
        `The cost of requests that are no longer listed one by one: ${units}`,
    },
  },
  fa: {
    withoutProduct: 'موجودی‌ای که مدیر داده است',
    texts: {
      plan: ({ plan, units }) => `پلن ${plan}: ${units} در ماه`,
      limit: ({ units }) => `سقف این لایسنس در این ماه: ${units}`,
      carried: ({ what }) => `ماندهٔ ماه‌های پیش: ${what}`,
      monthly_addon: ({ what }) => `برای این ماه: ${what}`,
      addon: ({ what, units }) => `خرید ${what}: ${units}`,
      given: ({ what, units }) => `${units} داده شد: ${what}`,
      plan_changed: ({ plan, formerPlan, units }) =>
        `تغییر پلن از ${formerPlan} به ${plan}: از این پس ${units} در ماه`,
      limit_changed: ({ units }) => `سقف ماه تغییر کرد: از این پس ${units}`,
      charges: ({ requests, charged }) => `درخواست‌ها: ${requests}، به بهای ${charged}`,
      charges_removed: ({ units }) => `بهای درخواست‌هایی که دیگر تک‌تک فهرست نمی‌شوند: ${units}`,
    },
  },
  'zh-TW': {
    withoutProduct: '管理員給予的金額',
    texts: {
      plan: ({ plan, units }) => `${plan} 方案：每月 ${units}`,
      limit: ({ units }) => `此授權本月的上限：${units}`,
      carried: ({ what }) => `前幾個月剩餘：${what}`,
      monthly_addon: ({ what }) => `本月的${what}`,
      addon: ({ what, units }) => `購買${what}：${units}`,
      given: ({ what, units }) => `給予 ${units}：${what}`,
      plan_changed: ({ plan, formerPlan, units }) =>
        `方案由 ${formerPlan} 改為 ${plan}：此後每月 ${units}`,
      limit_changed: ({ units }) => `本月上限變更：此後 ${units}`,
      charges: ({ requests, charged }) => `請求 ${requests} 次，費用 ${charged}`,
      charges_removed: ({ units }) => `不再逐筆列出的請求費用：${units}`,
    },
  },
};
