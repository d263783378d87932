// What a line of an explained balance tells, in the caller's language.

import type { Told } from '../domain/balance/counters.js';
import { amountInWords, digitsOf, dollarsInWords } from '../domain/inWords.js';
import type { Language } from '../domain/language.js';
import { DESCRIPTIONS, WALLET } from '../domain/provider.js';
import type { LineTexts } from './lineTexts.js';
import { WALLET_LINES } from './walletLines.js';

interface LanguageOfLines {
  texts: LineTexts;
  addon(product: string): string;
  ofOrder(what: string, order: string): string;
  withoutProduct: string;
  ofProduct(product: string): string;
  /** Charges of another bucket than the month's own. */
  fromGrant(text: string, what: string): string;
}

const en: LanguageOfLines = {
  addon: product => `add-on ${product}`,
  ofOrder: (what, order) => `${what} (order ${order})`,
  withoutProduct: 'requests given by an administrator',
  ofProduct: product => ` (${product})`,
  fromGrant: (text, what) => `${text}, from ${what}`,
  texts: {
    plan: ({ plan, amount }) => `Plan ${plan}: ${amount} a month`,
    limit: ({ amount }) => `Limit of this license for the month: ${amount}`,
    opening: () => 'What was left when changes began to be recorded',
    carried: ({ provider, what }) => `Left over from earlier months at ${provider}: ${what}`,
    monthly_addon: ({ provider, what }) => `For this month at ${provider}: ${what}`,
    addon: ({ what, amount }) => `Bought: ${what}, ${amount}`,
    given: ({ amount, ofProduct }) => `Given by an administrator: ${amount}${ofProduct}`,
    waiting: ({ what }) => `Waits for a higher plan and does not count yet: ${what}`,
    activated: ({ what }) => `Counts now: ${what}`,
    plan_changed: ({ plan, formerPlan, amount }) =>
      `Plan changed from ${formerPlan} to ${plan}: ${amount} a month from here on`,
    limit_changed: ({ amount }) => `The month's limit changed: ${amount} from here on`,
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
  // Where it is a word, its digits belong to it.
  addon: product => `بستهٔ افزایشی ${/^\d+$/.test(product) ? digitsOf(product, 'fa') : product}`,
  ofOrder: (what, order) => `${what} (سفارش ${order})`,
  withoutProduct: 'درخواست‌هایی که مدیر داده است',
  ofProduct: product => ` (${product})`,
  fromGrant: (text, what) => `${text}، از ${what}`,
  texts: {
    plan: ({ plan, amount }) => `پلن ${plan}: ${amount} در ماه`,
    limit: ({ amount }) => `سقف این لایسنس در این ماه: ${amount}`,
    opening: () => 'ماندهٔ موجود از زمانی که ثبت تغییرها آغاز شد',
    carried: ({ provider, what }) => `ماندهٔ ماه‌های پیش برای ${provider}: ${what}`,
    monthly_addon: ({ provider, what }) => `برای این ماه در ${provider}: ${what}`,
    addon: ({ what, amount }) => `خرید ${what}: ${amount}`,
    given: ({ amount, ofProduct }) => `مدیر داده است: ${amount}${ofProduct}`,
    waiting: ({ what }) => `در انتظار پلن بالاتر است و هنوز به حساب نمی‌آید: ${what}`,
    activated: ({ what }) => `از این پس به حساب می‌آید: ${what}`,
    plan_changed: ({ plan, formerPlan, amount }) =>
      `تغییر پلن از ${formerPlan} به ${plan}: از این پس ${amount} در ماه`,
    limit_changed: ({ amount }) => `سقف ماه تغییر کرد: از این پس ${amount}`,
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
  ofProduct: product => `（${product}）`,
  fromGrant: (text, what) => `${text}，取自${what}`,
  texts: {
    plan: ({ plan, amount }) => `${plan} 方案：每月 ${amount}`,
    limit: ({ amount }) => `此授權本月的上限：${amount}`,
    opening: () => '開始記錄變更時的餘額',
    carried: ({ provider, what }) => `${provider} 前幾個月剩餘：${what}`,
    monthly_addon: ({ provider, what }) => `${provider} 本月的${what}`,
    addon: ({ what, amount }) => `購買${what}：${amount}`,
    given: ({ amount, ofProduct }) => `管理員給予：${amount}${ofProduct}`,
    waiting: ({ what }) => `等待較高的方案，尚未計入：${what}`,
    activated: ({ what }) => `現在開始計入：${what}`,
    plan_changed: ({ plan, formerPlan, amount }) =>
      `方案由 ${formerPlan} 改為 ${plan}：此後每月 ${amount}`,
    limit_changed: ({ amount }) => `本月上限變更：此後 ${amount}`,
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
  const { texts, addon, ofOrder, withoutProduct, ofProduct, fromGrant } =
    LANGUAGES_OF_LINES[language];
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
    ofProduct: grant?.product ? ofProduct(product) : '',
    plan: (told.plan ?? '').toUpperCase(),
    formerPlan: (told.formerPlan ?? '').toUpperCase(),
    amount: provider === null ? '' : amountInWords(told.units ?? 0, provider, language),
    units: written(told.units ?? 0),
    requests: numbers.format(charges?.requests ?? 0),
    charged: written(charges?.units ?? 0),
  });
  return charges && grant ? fromGrant(text, what) : text;
}
