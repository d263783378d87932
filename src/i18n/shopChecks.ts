// What the check of a shop says, as it stands in src/shops/, in the other languages. Names of variables, addresses and
// what a shop itself said stay as they are; a part that is a sentence of its own is said like one.

import type { Language } from '../domain/language.js';

export type Translated = Record<Exclude<Language, 'en'>, string>;
/** What an expression has in parentheses stands as `{0}`, `{1}`. */
export type Pattern = [RegExp, Translated];

/** A variable, or what stands for it in the list of more shops. */
const SETTING = String.raw`([A-Z_]{6,}|its webhook secret|"\w+" of "[^"]+")`;

const pattern = (text: string) => new RegExp(`^${text}$`, 's');

export const SHOP_CHECKS: Pattern[] = [
  [/^its webhook secret$/, { fa: 'کلید مخفی وب‌هوک آن', 'zh-TW': '它的 Webhook 密鑰' }],
  [/^"(\w+)" of "([^"]+)"$/, { fa: '«{0}» فروشگاه «{1}»', 'zh-TW': '「{1}」的「{0}」' }],
  [pattern(`${SETTING} is set`), { fa: '{0} تنظیم شده است', 'zh-TW': '{0} 已設定' }],
  [
    pattern(`set ${SETTING}: without it the shop is off`),
    {
      fa: '{0} را تنظیم کنید: بدون آن این فروشگاه خاموش است',
      'zh-TW': '請設定 {0}：沒有它，此商店是關閉的',
    },
  ],
  [/^the shop reports to (\S+)$/, { fa: 'فروشگاه به {0} گزارش می‌دهد', 'zh-TW': '商店回報至 {0}' }],
  [
    /^set PUBLIC_URL: the address under which the shop and buyers reach this service$/,
    {
      fa: 'PUBLIC_URL را تنظیم کنید: نشانی‌ای که فروشگاه و خریداران با آن به این سرویس می‌رسند',
      'zh-TW': '請設定 PUBLIC_URL：商店與買家連到本服務的網址',
    },
  ],
  [
    /^no product of the catalogue is sold in this shop$/,
    {
      fa: 'هیچ محصولی از کاتالوگ در این فروشگاه فروخته نمی‌شود',
      'zh-TW': '商品目錄中沒有商品在此商店銷售',
    },
  ],
  [
    /^the shop does not have what the catalogue names: (.+)$/s,
    {
      fa: 'فروشگاه این‌ها را که در کاتالوگ هست ندارد: {0}',
      'zh-TW': '商店沒有商品目錄所列的：{0}',
    },
  ],
  [/^(\S+ \(product \S+\)), (.+)$/s, { fa: '{0}، {1}', 'zh-TW': '{0}、{1}' }],
  [/^(\S+) \(product (\S+)\)$/, { fa: '{0} (محصول {1})', 'zh-TW': '{0}（商品 {1}）' }],
  [
    /^the shop has all (\S+) products that the catalogue names$/,
    {
      fa: 'فروشگاه هر {0} محصول کاتالوگ را دارد',
      'zh-TW': '商店備有商品目錄所列的全部 {0} 項商品',
    },
  ],

  // Stripe.
  [
    /^set STRIPE_SECRET_KEY: without it no checkout can begin, and refunds of subscriptions wait$/,
    {
      fa: 'STRIPE_SECRET_KEY را تنظیم کنید: بدون آن هیچ پرداختی آغاز نمی‌شود و بازپرداخت اشتراک‌ها منتظر می‌ماند',
      'zh-TW': '請設定 STRIPE_SECRET_KEY：沒有它就無法開始結帳，訂閱的退款也會等待',
    },
  ],
  [
    /^it does not answer as Stripe does: is STRIPE_API_BASE right\?$/,
    {
      fa: 'مانند Stripe پاسخ نمی‌دهد: آیا STRIPE_API_BASE درست است؟',
      'zh-TW': '回應不像 Stripe：STRIPE_API_BASE 正確嗎？',
    },
  ],
  [
    /^the key may read prices, in (live|test) mode$/,
    { fa: 'کلید اجازهٔ خواندن قیمت‌ها را دارد (حالت {0})', 'zh-TW': '金鑰可讀取價格（{0} 模式）' },
  ],
  [
    /^there is no endpoint (\S+): add one$/,
    { fa: 'مقصد {0} وجود ندارد: آن را اضافه کنید', 'zh-TW': '沒有端點 {0}：請新增' },
  ],
  [
    /^the endpoint (\S+) is disabled: enable it$/,
    { fa: 'مقصد {0} خاموش است: آن را روشن کنید', 'zh-TW': '端點 {0} 已停用：請啟用' },
  ],
  [
    /^(\S+) is told of all events, in API version (\S+)$/,
    {
      fa: 'همهٔ رویدادها به {0} گفته می‌شود، با نسخهٔ API {1}',
      'zh-TW': '{0} 會收到所有事件，API 版本為 {1}',
    },
  ],
  [/^of the account$/, { fa: 'حساب', 'zh-TW': '帳戶預設' }],
  [
    /^the endpoint (\S+) has API version (.+): add one with (\S+), then remove it$/,
    {
      fa: 'مقصد {0} نسخهٔ API {1} را دارد: یکی با {2} اضافه کنید و سپس آن را بردارید',
      'zh-TW': '端點 {0} 的 API 版本為 {1}：請新增版本 {2} 的端點，再移除它',
    },
  ],
  [
    /^the endpoint (\S+) is not told of: (.+)$/s,
    { fa: 'این رویدادها به مقصد {0} گفته نمی‌شود: {1}', 'zh-TW': '端點 {0} 未收到這些事件：{1}' },
  ],
  [
    /^the billing portal is not activated: Settings, Billing, Customer portal, Save$/,
    {
      fa: 'صفحهٔ مدیریت پرداخت فعال نیست: Settings، Billing، Customer portal، Save',
      'zh-TW': '帳務管理頁面尚未啟用：Settings、Billing、Customer portal、Save',
    },
  ],
  [
    /^buyers can manage their subscriptions$/,
    { fa: 'خریداران می‌توانند اشتراک‌های خود را مدیریت کنند', 'zh-TW': '買家可以管理自己的訂閱' },
  ],
  [
    /^STRIPE_SECRET_KEY is wrong$/,
    { fa: 'STRIPE_SECRET_KEY نادرست است', 'zh-TW': 'STRIPE_SECRET_KEY 不正確' },
  ],
  [
    /^the key lacks a permission: (.+)$/s,
    { fa: 'کلید اجازه‌ای کم دارد: {0}', 'zh-TW': '金鑰缺少權限：{0}' },
  ],
  [
    /^the library of Stripe cannot be loaded$/,
    { fa: 'کتابخانهٔ Stripe بارگذاری نمی‌شود', 'zh-TW': '無法載入 Stripe 的函式庫' },
  ],

  // WooCommerce.
  [
    /^set WOOCOMMERCE_URL, WOOCOMMERCE_CONSUMER_KEY and WOOCOMMERCE_CONSUMER_SECRET: without them orders whose webhook never came are lost, and refunds in part wait for a person$/,
    {
      fa: 'WOOCOMMERCE_URL، WOOCOMMERCE_CONSUMER_KEY و WOOCOMMERCE_CONSUMER_SECRET را تنظیم کنید: بدون آن‌ها سفارش‌هایی که وب‌هوکشان نرسیده گم می‌شوند و بازپرداخت‌های جزئی منتظر یک نفر می‌مانند',
      'zh-TW':
        '請設定 WOOCOMMERCE_URL、WOOCOMMERCE_CONSUMER_KEY 與 WOOCOMMERCE_CONSUMER_SECRET：沒有它們，Webhook 未送達的訂單會遺失，部分退款則需人工處理',
    },
  ],
  [
    /^the key may read orders$/,
    { fa: 'کلید اجازهٔ خواندن سفارش‌ها را دارد', 'zh-TW': '金鑰可讀取訂單' },
  ],
  [
    /^the key may write notes$/,
    { fa: 'کلید اجازهٔ نوشتن یادداشت را دارد', 'zh-TW': '金鑰可寫入備註' },
  ],
  [
    /^created, updated, deleted and restored are reported to (\S+)$/,
    {
      fa: 'ساختن، تغییر، حذف و بازگردانی سفارش‌ها به {0} گزارش می‌شود',
      'zh-TW': '訂單的建立、更新、刪除與還原都會回報至 {0}',
    },
  ],
  [
    /^((?:order\.\w+: |switch on ).+?); ((?:order\.\w+: |switch on ).+)$/s,
    { fa: '{0}؛ {1}', 'zh-TW': '{0}；{1}' },
  ],
  [/^(order\.\w+): (.+)$/s, { fa: '{0}: {1}', 'zh-TW': '{0}：{1}' }],
  [/^switch on (.+)$/s, { fa: 'وب‌هوک {0} را روشن کنید', 'zh-TW': '請啟用 Webhook {0}' }],
  [
    /^there is none to (\S+)$/,
    { fa: 'هیچ وب‌هوکی به {0} نیست', 'zh-TW': '沒有送至 {0} 的 Webhook' },
  ],
  [
    /^(.+) delivers to (\S+), and not to (\S+)$/,
    { fa: 'وب‌هوک {0} به {1} می‌فرستد و نه به {2}', 'zh-TW': 'Webhook {0} 送至 {1}，而非 {2}' },
  ],
  [
    /^(.+) has the API version (\S+): choose "WP REST API Integration v3"$/,
    {
      fa: 'نسخهٔ API وب‌هوک {0}، {1} است: «WP REST API Integration v3» را انتخاب کنید',
      'zh-TW': 'Webhook {0} 的 API 版本為 {1}：請選擇「WP REST API Integration v3」',
    },
  ],
  [
    /^WooCommerce does not answer: (\S+)$/,
    { fa: 'WooCommerce پاسخ نمی‌دهد: {0}', 'zh-TW': 'WooCommerce 沒有回應：{0}' },
  ],
  [
    pattern(
      `WooCommerce answered (\\S+) with something that is no list: is ${SETTING} the shop\\?`,
    ),
    {
      fa: 'پاسخ WooCommerce به {0} فهرست نیست: آیا {1} نشانی فروشگاه است؟',
      'zh-TW': 'WooCommerce 對 {0} 的回應不是清單：{1} 是商店的網址嗎？',
    },
  ],
  [
    /^WooCommerce answered (\d+(?: \(.*\))?) to (\S+): (.+)$/s,
    { fa: 'WooCommerce به {1} پاسخ {0} داد: {2}', 'zh-TW': 'WooCommerce 對 {1} 回應 {0}：{2}' },
  ],
  [
    pattern(`${SETTING} must be the final address, without a redirect; this one leads to (\\S+)`),
    {
      fa: '{0} باید نشانی نهایی و بدون هدایت باشد؛ این یکی به {1} می‌رود',
      'zh-TW': '{0} 必須是最終網址，不可重新導向；此網址導向 {1}',
    },
  ],
  [
    pattern(`${SETTING} must be the final address, without a redirect`),
    { fa: '{0} باید نشانی نهایی و بدون هدایت باشد', 'zh-TW': '{0} 必須是最終網址，不可重新導向' },
  ],
  [
    pattern(`the shop does not have all statuses that ${SETTING} names`),
    {
      fa: 'فروشگاه همهٔ وضعیت‌هایی را که {0} نام می‌برد ندارد',
      'zh-TW': '商店沒有 {0} 所列的全部狀態',
    },
  ],
  [
    /^it does not understand the question: is it older than WooCommerce 5\.8\?$/,
    {
      fa: 'پرسش را نمی‌فهمد: آیا از WooCommerce 5.8 قدیمی‌تر است؟',
      'zh-TW': '它不理解此請求：是否比 WooCommerce 5.8 更舊？',
    },
  ],
  [
    pattern(`${SETTING} or ${SETTING} is wrong, or the key lacks the permission`),
    {
      fa: '{0} یا {1} نادرست است، یا کلید این اجازه را ندارد',
      'zh-TW': '{0} 或 {1} 不正確，或金鑰沒有權限',
    },
  ],
  [
    /^the key did not arrive or is wrong: check both halves of it, and whether the host strips the header Authorization$/,
    {
      fa: 'کلید نرسید یا نادرست است: هر دو بخش آن را بررسی کنید، و اینکه آیا میزبان سرآیند Authorization را حذف می‌کند',
      'zh-TW': '金鑰未送達或不正確：請檢查金鑰的兩個部分，以及主機是否移除了標頭 Authorization',
    },
  ],
  [
    pattern(
      `the key needs the permission "Read" \\(with ${SETTING} "Read/Write"\\), and a user who manages the shop; or a firewall keeps us out`,
    ),
    {
      fa: 'کلید به اجازهٔ «Read» (با {0} به «Read/Write») و کاربری که فروشگاه را مدیریت می‌کند نیاز دارد؛ یا دیوار آتش جلوی ما را می‌گیرد',
      'zh-TW':
        '金鑰需要「Read」權限（使用 {0} 時為「Read/Write」），且其使用者須管理商店；或者被防火牆擋下',
    },
  ],
  [
    pattern(
      `the REST API is not there: permalinks must not be "Plain", and ${SETTING} must be the shop`,
    ),
    {
      fa: 'REST API آنجا نیست: پیوندهای یکتا نباید «Plain» باشند و {0} باید نشانی فروشگاه باشد',
      'zh-TW': '那裡沒有 REST API：永久連結不可為「Plain」，且 {0} 必須是商店的網址',
    },
  ],
  [
    /^it is asked too often; it is asked again later$/,
    {
      fa: 'بیش از اندازه از آن پرسیده می‌شود؛ بعداً دوباره پرسیده می‌شود',
      'zh-TW': '請求過於頻繁，稍後會再試',
    },
  ],
  [
    /^that is no answer of the REST API: a page of maintenance, or of a plug-in\?$/,
    {
      fa: 'این پاسخ REST API نیست: شاید صفحهٔ تعمیر یا یک افزونه باشد؟',
      'zh-TW': '這不是 REST API 的回應：是維護頁面，或外掛的頁面嗎？',
    },
  ],
  [
    /^the shop is in trouble; it is asked again later$/,
    { fa: 'فروشگاه مشکل دارد؛ بعداً دوباره پرسیده می‌شود', 'zh-TW': '商店發生問題，稍後會再試' },
  ],
];
