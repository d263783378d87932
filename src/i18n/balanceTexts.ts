// What a line of an explained balance tells, in the caller's language.

import type { Told } from '../domain/balance/counters.js';
import { dollarsInWords } from '../domain/inWords.js';
import type { Language } from '../domain/language.js';
import { DESCRIPTIONS, WALLET } from '../domain/provider.js';
import type { LineTexts } from './lineTexts.js';
import { WALLET_LINES } from './walletLines.js';

interface LanguageOfLines {
  texts: LineTexts;
  addon(product: string): string;
  ofOrder(what: string, order: string): string;
  withoutProduct: string;
  /** Charges of another bucket than the month's own. */
  fromGrant(text: string, what: string): string;
}

const en: LanguageOfLines = {
  addon: product => `add-on ${product}`,
  ofOrder: (what, order) => `${what} (order ${order})`,
  withoutProduct: 'requests given by an administrator',
  fromGrant: (text, what) => `${text}, from ${what}`,
  texts: {
    plan: ({ plan, provider, units }) => `Plan ${plan}: ${units} ${provider} requests a month`,
    limit: ({ provider, units }) =>
      `Limit of this license for the month: ${units} ${provider} requests`,
    opening: () => 'What was left when changes began to be recorded',
    carried: ({ provider, what }) => `Left over from earlier months at ${provider}: ${what}`,
    monthly_addon: ({ provider, what }) => `For this month at ${provider}: ${what}`,
    addon: ({ provider, what, units }) => `Bought: ${what}, ${units} ${provider} requests`,
    given: ({ provider, what, units }) => `Given: ${units} ${provider} requests, ${what}`,
    waiting: ({ what }) => `Waits for a higher plan and does not count yet: ${what}`,
    activated: ({ what }) => `Counts now: ${what}`,
    plan_changed: ({ plan, formerPlan, provider, units }) =>
      `Plan changed from ${formerPlan} to ${plan}: ${units} ${provider} requests a month from here on`,
    limit_changed: ({ provider, units }) =>
      `The month's limit changed: ${units} ${provider} requests from here on`,
    refunded: ({ what }) => `Refunded or taken back by the shop: ${what}`,
    restored: ({ what }) => `Given again: ${what}`,
    withdrawn: ({ what }) => `Withdrawn by an administrator: ${what}`,
    unpaid: ({ what }) => `Not paid for any longer: ${what}`,
    ended: ({ what }) => `Its time is over: ${what}`,
    charges: ({ requests, charged, provider }) =>
      requests === charged
        ? `Requests to ${provider}: ${requests}`
        : `Requests to ${provider}: ${requests}, which cost ${charged}`,
    charges_removed: ({ provider, units }) =>
      `Requests to ${provider} that are no longer listed one by one: ${units}`,
    difference: () => 'A difference that the records do not explain: tell support',
  },
};

const fa: LanguageOfLines = {
  addon: product => `بستهٔ افزایشی ${product}`,
  ofOrder: (what, order) => `${what} (سفارش ${order})`,
  withoutProduct: 'درخواست‌هایی که مدیر داده است',
  fromGrant: (text, what) => `${text}، از ${what}`,
  texts: {
    plan: ({ plan, provider, units }) => `پلن ${plan}: ${units} درخواست ${provider} در ماه`,
    limit: ({ provider, units }) => `سقف این لایسنس در این ماه: ${units} درخواست ${provider}`,
    opening: () => 'ماندهٔ موجود از زمانی که ثبت تغییرها آغاز شد',
    carried: ({ provider, what }) => `ماندهٔ ماه‌های پیش برای ${provider}: ${what}`,
    monthly_addon: ({ provider, what }) => `برای این ماه در ${provider}: ${what}`,
    addon: ({ provider, what, units }) => `خرید ${what}: ${units} درخواست ${provider}`,
    given: ({ provider, what, units }) => `${units} درخواست ${provider} داده شد: ${what}`,
    waiting: ({ what }) => `در انتظار پلن بالاتر است و هنوز به حساب نمی‌آید: ${what}`,
    activated: ({ what }) => `از این پس به حساب می‌آید: ${what}`,
    plan_changed: ({ plan, formerPlan, provider, units }) =>
      `تغییر پلن از ${formerPlan} به ${plan}: از این پس ${units} درخواست ${provider} در ماه`,
    limit_changed: ({ provider, units }) =>
      `سقف ماه تغییر کرد: از این پس ${units} درخواست ${provider}`,
    refunded: ({ what }) => `بازپرداخت یا پس‌گرفتن از سوی فروشگاه: ${what}`,
    restored: ({ what }) => `دوباره داده شد: ${what}`,
    withdrawn: ({ what }) => `مدیر آن را پس گرفت: ${what}`,
    unpaid: ({ what }) => `دیگر هزینهٔ آن پرداخت نشده است: ${what}`,
    ended: ({ what }) => `مهلت آن تمام شد: ${what}`,
    charges: ({ requests, charged, provider }) =>
      requests === charged
        ? `درخواست‌ها به ${provider}: ${requests}`
        : `درخواست‌ها به ${provider}: ${requests}، به بهای ${charged}`,
    charges_removed: ({ provider, units }) =>
      `درخواست‌های ${provider} که دیگر تک‌تک فهرست نمی‌شوند: ${units}`,
    difference: () => 'تفاوتی که سوابق آن را توضیح نمی‌دهد؛ به پشتیبانی خبر دهید',
  },
};

const zhTW: LanguageOfLines = {
  addon: product => `加購包 ${product}`,
  ofOrder: (what, order) => `${what}（訂單 ${order}）`,
  withoutProduct: '管理員給予的請求',
  fromGrant: (text, what) => `${text}，取自${what}`,
  texts: {
    plan: ({ plan, provider, units }) => `${plan} 方案：每月 ${units} 次 ${provider} 請求`,
    limit: ({ provider, units }) => `此授權本月的上限：${units} 次 ${provider} 請求`,
    opening: () => '開始記錄變更時的餘額',
    carried: ({ provider, what }) => `${provider} 前幾個月剩餘：${what}`,
    monthly_addon: ({ provider, what }) => `${provider} 本月的${what}`,
    addon: ({ provider, what, units }) => `購買${what}：${units} 次 ${provider} 請求`,
    given: ({ provider, what, units }) => `給予 ${units} 次 ${provider} 請求：${what}`,
    waiting: ({ what }) => `等待較高的方案，尚未計入：${what}`,
    activated: ({ what }) => `現在開始計入：${what}`,
    plan_changed: ({ plan, formerPlan, provider, units }) =>
      `方案由 ${formerPlan} 改為 ${plan}：此後每月 ${units} 次 ${provider} 請求`,
    limit_changed: ({ provider, units }) => `本月上限變更：此後 ${units} 次 ${provider} 請求`,
    refunded: ({ what }) => `商店退款或收回：${what}`,
    restored: ({ what }) => `重新給予：${what}`,
    withdrawn: ({ what }) => `管理員收回：${what}`,
    unpaid: ({ what }) => `不再付費：${what}`,
    ended: ({ what }) => `期限已過：${what}`,
    charges: ({ requests, charged, provider }) =>
      requests === charged
        ? `對 ${provider} 的請求：${requests} 次`
        : `對 ${provider} 的請求：${requests} 次，計 ${charged}`,
    charges_removed: ({ provider, units }) => `不再逐筆列出的 ${provider} 請求：${units}`,
    difference: () => '紀錄無法解釋的差額，請告知客服',
  },
};

const LANGUAGES_OF_LINES: Record<Language, LanguageOfLines> = { fa, en, 'zh-TW': zhTW };

export function sayBalanceLine(language: Language, told: Told): string {
  const { texts, addon, ofOrder, withoutProduct, fromGrant } = LANGUAGES_OF_LINES[language];
  const numbers = new Intl.NumberFormat(language);
  const { grant, charges, provider } = told;
  const ofWallet = provider === WALLET ? WALLET_LINES[language] : null;
  const written = (units: number) =>
    ofWallet ? dollarsInWords(units, language) : numbers.format(units);
  const without = ofWallet?.withoutProduct ?? withoutProduct;
  const product = grant?.product ? addon(grant.product) : without;
  const what = grant?.order ? ofOrder(product, grant.order) : product;
  const say = ofWallet?.texts[told.code] ?? texts[told.code];
  const text = say({
    provider: provider === null || provider === WALLET ? '' : DESCRIPTIONS[provider].name,
    what,
    plan: (told.plan ?? '').toUpperCase(),
    formerPlan: (told.formerPlan ?? '').toUpperCase(),
    units: written(told.units ?? 0),
    requests: numbers.format(charges?.requests ?? 0),
    charged: written(charges?.units ?? 0),
  });
  return charges && grant ? fromGrant(text, what) : text;
}
