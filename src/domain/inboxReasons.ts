// Why the inbox has an event as it has it, in the reader's language. The reasons are stored in English, so that they
// can be looked up; what a shop itself said, and ids, stay as they are.

import type { Language } from './language.js';

type Translated = Record<Exclude<Language, 'en'>, string>;

/** Between reasons of one event. */
const BETWEEN = '; ';
const BETWEEN_IN: Translated = { fa: '؛ ', 'zh-TW': '；' };

/** In this language; a part that is not known here stays in English. */
export function sayInboxReason(language: Language, reason: string): string {
  if (language === 'en' || reason === '') return reason;
  for (const [beginning, texts] of BEGINNINGS) {
    if (reason.startsWith(beginning)) {
      const rest = reason.slice(beginning.length);
      // The rest of these is a note, which somebody wrote.
      const said = beginning === UNREAD ? sayInboxReason(language, rest) : rest;
      return texts[language] + said;
    }
  }
  const waited = /^(.*): it has waited for (\d+) days$/s.exec(reason);
  if (waited) {
    const [, why = '', days = ''] = waited;
    return WAITED[language]
      .replace('{0}', () => sayInboxReason(language, why))
      .replace('{1}', days);
  }
  return (
    whole(language, reason) ??
    reason
      .split(BETWEEN)
      .map(part => whole(language, part) ?? part)
      .join(BETWEEN_IN[language])
  );
}

function whole(language: Exclude<Language, 'en'>, reason: string): string | undefined {
  for (const [pattern, texts] of REASONS) {
    const found = pattern.exec(reason);
    if (found) return texts[language].replace(/\{(\d)\}/g, (_, at) => found[Number(at) + 1] ?? '');
  }
  return undefined;
}

const UNREAD = 'unread: ';
const BEGINNINGS: Array<[string, Translated]> = [
  [UNREAD, { fa: 'خوانده نشد: ', 'zh-TW': '尚未讀取：' }],
  ['settled: ', { fa: 'بسته شد: ', 'zh-TW': '已結案：' }],
  ['the order is settled: ', { fa: 'این سفارش بسته شده است: ', 'zh-TW': '此訂單已結案：' }],
];
const WAITED: Translated = { fa: '{0}: {1} روز منتظر ماند', 'zh-TW': '{0}：已等待 {1} 天' };

const REASONS: Array<[RegExp, Translated]> = [
  [/^email: is needed$/, { fa: 'نشانی ایمیل ندارد', 'zh-TW': '沒有電子郵件地址' }],
  [/^product: is needed$/, { fa: 'محصول آن گفته نشده است', 'zh-TW': '沒有指明商品' }],
  [
    /^the product (\S+) is not in the catalogue$/,
    { fa: 'محصول {0} در کاتالوگ نیست', 'zh-TW': '商品目錄中沒有商品 {0}' },
  ],
  [
    /^no line of it is ours$/,
    { fa: 'هیچ ردیفی از آن مربوط به ما نیست', 'zh-TW': '其中沒有我們的項目' },
  ],
  [
    /^the shop has not told yet that anything of it is paid$/,
    { fa: 'فروشگاه هنوز نگفته که چیزی از آن پرداخت شده است', 'zh-TW': '商店尚未告知已付款' },
  ],
  [
    /^nothing of this order was ever paid$/,
    { fa: 'چیزی از این سفارش پرداخت نشده است', 'zh-TW': '此訂單從未付款' },
  ],
  [
    /^the order itself is not known yet$/,
    { fa: 'خود سفارش هنوز شناخته نشده است', 'zh-TW': '尚未收到訂單本身' },
  ],
  [
    /^no line of this order is known yet$/,
    { fa: 'هنوز هیچ ردیفی از این سفارش شناخته نشده است', 'zh-TW': '尚未收到此訂單的任何項目' },
  ],
  [/^the account has no license$/, { fa: 'این خریدار لایسنسی ندارد', 'zh-TW': '此買家沒有授權' }],
  [
    /^the license needs the plan (\S+)$/,
    { fa: 'لایسنس به پلن {0} نیاز دارد', 'zh-TW': '授權需要方案 {0}' },
  ],
  [
    /^the shop has not told yet who its customer (\S+) is$/,
    { fa: 'فروشگاه هنوز نگفته که مشتری {0} کیست', 'zh-TW': '商店尚未告知客戶 {0} 是誰' },
  ],
  [
    /^it is paid and names nobody: .*$/,
    {
      fa: 'پرداخت شده و نام کسی در آن نیست: نشانی ایمیل خوانایی ندارد؛ آن را در فروشگاه درست کنید یا به کسی بدهید',
      'zh-TW': '已付款但未指明買家：沒有可讀取的電子郵件地址；請在商店更正，或指派給買家',
    },
  ],
  [
    /^an amount of it went back, and what was paid was never told: .*$/,
    {
      fa: 'بخشی از مبلغ برگشته و مبلغ پرداخت‌شده گفته نشده است: سهم آن را خودتان تعیین کنید',
      'zh-TW': '部分金額已退還，但從未告知付款金額：請自行決定所占份額',
    },
  ],
  [
    /^the buyer had the product (\S+) before$/,
    { fa: 'خریدار محصول {0} را پیش‌تر داشته است', 'zh-TW': '買家先前已有商品 {0}' },
  ],
  [
    /^it pays for (\d+) licenses at once, more than (\d+): split the order$/,
    {
      fa: 'هم‌زمان بهای {0} لایسنس است، بیش از {1}: سفارش را تقسیم کنید',
      'zh-TW': '一次購買 {0} 個授權，超過 {1} 個：請拆分訂單',
    },
  ],
  [
    /^there is no license (\S+): correct the order in the shop, or assign it$/,
    {
      fa: 'لایسنس {0} وجود ندارد: سفارش را در فروشگاه درست کنید یا به کسی بدهید',
      'zh-TW': '沒有授權 {0}：請在商店更正訂單，或指派給買家',
    },
  ],
  [
    /^the buyer's license is revoked: .*$/,
    {
      fa: 'لایسنس خریدار باطل شده است: پول را برگردانید، یا سفارش را برای لایسنس تازه به خریدار بدهید',
      'zh-TW': '買家的授權已撤銷：請退款，或將訂單指派給買家以取得新授權',
    },
  ],
  [
    /^it is a thin event, without its object: give the endpoint in Stripe the payload style "(.*)"$/,
    {
      fa: 'رویداد بدون محتواست: در Stripe شیوهٔ محتوای مقصد را «{0}» بگذارید',
      'zh-TW': '事件不含物件：請在 Stripe 將端點的內容樣式設為「{0}」',
    },
  ],
  [
    /^a fault of ours: see the log, then replay it$/,
    {
      fa: 'خطا از سوی ماست: لاگ را ببینید و سپس دوباره اجرا کنید',
      'zh-TW': '我們的錯誤：請查看日誌，然後重新處理',
    },
  ],
  [
    /^it says something that the database cannot hold: see the log$/,
    {
      fa: 'چیزی در آن است که در پایگاه داده جا نمی‌گیرد: لاگ را ببینید',
      'zh-TW': '其中有資料庫無法儲存的內容：請查看日誌',
    },
  ],
  [/^the body is not UTF-8$/, { fa: 'متن آن UTF-8 نیست', 'zh-TW': '內容不是 UTF-8' }],
  [/^the body is not JSON$/, { fa: 'متن آن JSON نیست', 'zh-TW': '內容不是 JSON' }],
  [
    /^it tells of (\S+), which cannot be: .*$/,
    {
      fa: 'زمان {0} در آن آمده که ممکن نیست: ساعت و تقویم فروشگاه را بررسی کنید',
      'zh-TW': '其中的時間 {0} 不可能：請檢查商店的時鐘與曆法',
    },
  ],
  [/^this is not an order: (.*)$/s, { fa: 'این سفارش نیست: {0}', 'zh-TW': '這不是訂單：{0}' }],
  [
    /^it is about "(.*)", and not about an order: .*$/,
    {
      fa: 'دربارهٔ «{0}» است و نه سفارش: تنها وب‌هوک سفارش‌ها باید به ما گزارش دهند',
      'zh-TW': '內容是「{0}」而非訂單：只有訂單的 Webhook 應回報給我們',
    },
  ],
  [
    /^the user who owns the webhook may not read this order any more, or it is gone: .*$/,
    {
      fa: 'کاربر صاحب وب‌هوک دیگر اجازهٔ خواندن این سفارش را ندارد یا سفارش حذف شده است: وب‌هوک را با کاربر مدیر دوباره ذخیره کنید',
      'zh-TW': '擁有此 Webhook 的使用者無法再讀取此訂單，或訂單已刪除：請以管理員重新儲存 Webhook',
    },
  ],
  [
    /^it has the form of an old API version: set the webhook to "(.*)"$/,
    {
      fa: 'قالب آن از نسخهٔ قدیمی API است: وب‌هوک را روی «{0}» بگذارید',
      'zh-TW': '格式為舊版 API：請將 Webhook 設為「{0}」',
    },
  ],
  [
    /^the order is (\S+) and not paid$/,
    { fa: 'وضعیت سفارش {0} است و پرداخت نشده', 'zh-TW': '訂單狀態為 {0}，尚未付款' },
  ],
  [/^the order is (\S+)$/, { fa: 'وضعیت سفارش {0} است', 'zh-TW': '訂單狀態為 {0}' }],
  [
    /^(\d+) of its lines cannot be read: (.*)$/s,
    { fa: '{0} ردیف آن خوانده نمی‌شود: {1}', 'zh-TW': '有 {0} 個項目無法讀取：{1}' },
  ],
  [
    /^(\d+) of its refunds cannot be read: (.*)$/s,
    { fa: '{0} بازپرداخت آن خوانده نمی‌شود: {1}', 'zh-TW': '有 {0} 筆退款無法讀取：{1}' },
  ],
  [
    /^refund (.+) names an amount and no lines: decide by hand what it takes back$/,
    {
      fa: 'بازپرداخت {0} تنها مبلغ دارد و ردیفی ندارد: خودتان تعیین کنید چه چیزی پس گرفته شود',
      'zh-TW': '退款 {0} 只有金額而無項目：請自行決定收回的內容',
    },
  ],
  [
    /^it is refunded in part; which lines, only the REST API of the shop can say: .*$/,
    {
      fa: 'بخشی از آن بازپرداخت شده است؛ کدام ردیف‌ها را تنها REST API فروشگاه می‌داند: آن را راه‌اندازی کنید یا خودتان تعیین کنید',
      'zh-TW': '已部分退款；是哪些項目只有商店的 REST API 知道：請設定它，或自行決定',
    },
  ],
  [
    /^it is of the (?:live|test) mode$/,
    { fa: 'از حالت دیگر (آزمایشی یا واقعی) است', 'zh-TW': '屬於另一種模式（測試或正式）' },
  ],
  [
    /^it is of a connected account$/,
    { fa: 'از حساب متصل دیگری است', 'zh-TW': '屬於已連結的其他帳戶' },
  ],
  [
    /^this kind of event changes nothing$/,
    { fa: 'این‌گونه رویداد چیزی را تغییر نمی‌دهد', 'zh-TW': '此類事件不會變更任何內容' },
  ],
  [/^the payment failed$/, { fa: 'پرداخت ناموفق بود', 'zh-TW': '付款失敗' }],
  [
    /^the payment failed: the plan goes on until its days of grace are over$/,
    {
      fa: 'پرداخت ناموفق بود: پلن تا پایان روزهای مهلت ادامه دارد',
      'zh-TW': '付款失敗：方案會持續到寬限期結束',
    },
  ],
  [
    /^the buyer did not pay in time$/,
    { fa: 'خریدار به‌موقع پرداخت نکرد', 'zh-TW': '買家未及時付款' },
  ],
  [/^it is not paid yet$/, { fa: 'هنوز پرداخت نشده است', 'zh-TW': '尚未付款' }],
  [
    /^an inquiry takes nothing back$/,
    { fa: 'استعلام چیزی را پس نمی‌گیرد', 'zh-TW': '查詢不會收回任何內容' },
  ],
  [
    /^the refund names no payment$/,
    { fa: 'بازپرداخت به پرداختی اشاره نمی‌کند', 'zh-TW': '退款未指明付款' },
  ],
  [
    /^the dispute names no payment$/,
    { fa: 'اعتراض به پرداختی اشاره نمی‌کند', 'zh-TW': '爭議未指明付款' },
  ],
  [
    /^not all lines of (\S+) are known$/,
    { fa: 'همهٔ ردیف‌های {0} شناخته نشده است', 'zh-TW': '{0} 的項目尚未齊全' },
  ],
  [
    /^Stripe does not know the session (\S+): .*$/,
    {
      fa: 'Stripe نشست {0} را نمی‌شناسد: کلید API از حساب یا حالت دیگری است',
      'zh-TW': 'Stripe 不認得工作階段 {0}：API 金鑰屬於其他帳戶或模式',
    },
  ],
  [
    /^this is not an event of Stripe: (.*)$/s,
    { fa: 'این رویداد Stripe نیست: {0}', 'zh-TW': '這不是 Stripe 的事件：{0}' },
  ],
  [
    /^its object is not as expected: (.*)$/s,
    { fa: 'محتوای آن چنان‌که باید نیست: {0}', 'zh-TW': '其物件不符預期：{0}' },
  ],
  [/^the refund is (\S+)$/, { fa: 'وضعیت بازپرداخت {0} است', 'zh-TW': '退款狀態為 {0}' }],
  [
    /^a session of mode (\S+) buys nothing$/,
    { fa: 'نشست با حالت {0} خریدی نیست', 'zh-TW': '模式為 {0} 的工作階段不含購買' },
  ],
  [
    /^the subscription is (\S+), and for the same as before$/,
    {
      fa: 'وضعیت اشتراک {0} است و چیز دیگری عوض نشده است',
      'zh-TW': '訂閱狀態為 {0}，內容與之前相同',
    },
  ],
  [
    /^what was bought is not in the event, and no API key is set$/,
    {
      fa: 'آنچه خریده شده در رویداد نیست و کلید API تنظیم نشده است',
      'zh-TW': '事件中沒有購買內容，且未設定 API 金鑰',
    },
  ],
];
