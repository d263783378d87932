// The words that go into a message: what was not found, what a field should be, why something is not possible. The
// code says them in English; here they stand in the other languages. Names of fields, types and values stay as they
// are. What is missing here is said in English, and test/i18n/phrases.test.ts tells.

import type { Language } from '../domain/language.js';
import { type Pattern, SHOP_CHECKS, type Translated } from './shopChecks.js';

/** In this language; `english` itself where it is code, such as `low | high`. */
export function phrase(language: Language, english: string): string {
  if (language === 'en') return english;
  const known = Object.hasOwn(PHRASES, english) && PHRASES[english];
  if (known) return known[language];
  for (const [pattern, texts] of PATTERNS) {
    const found = pattern.exec(english);
    if (found)
      return filled(
        texts[language],
        found.slice(1).map(part => phrase(language, part)),
      );
  }
  return english;
}

function filled(text: string, parts: string[]): string {
  return text.replace(/\{(\d)\}/g, (_, at) => parts[Number(at)] ?? '');
}

const PHRASES: Record<string, Translated> = {
  // The end of `The field "password" is not valid: expected …`.
  'more than the e-mail address, its part before the @, or the name of this service': {
    fa: 'چیزی بیش از نشانی ایمیل، بخش پیش از @ آن یا نام این سرویس',
    'zh-TW': '不只是電子郵件地址、其 @ 之前的部分，或本服務的名稱',
  },
  // Why the last change of a license cannot be taken back, and what to do instead.
  'no change of it is known.': {
    fa: 'تغییری از آن ثبت نشده است.',
    'zh-TW': '沒有它的變更紀錄。',
  },
  'its last change gave it to another buyer. Change the e-mail back.': {
    fa: 'آخرین تغییر، آن را به خریدار دیگری داد. ایمیل را به قبلی برگردانید.',
    'zh-TW': '上次變更已將它轉給另一位買家，請改回電子郵件。',
  },
  'something else changed it since. Change what you mean.': {
    fa: 'پس از آن تغییر دیگری در آن انجام شده است. همان چیزی را که می‌خواهید تغییر دهید.',
    'zh-TW': '之後有其他變更，請直接修改您要的內容。',
  },
  'the time of the plan that it had before is over.': {
    fa: 'مهلت پلنی که پیش از آن داشت تمام شده است.',
    'zh-TW': '它先前方案的期限已過。',
  },
  'Withdraw the grant: sahm license grant withdraw': {
    fa: 'بستهٔ افزایشی را پس بگیرید: sahm license grant withdraw',
    'zh-TW': '收回加購包：sahm license grant withdraw',
  },
  'Give the grant again: sahm grant': {
    fa: 'بستهٔ افزایشی را دوباره بدهید: sahm grant',
    'zh-TW': '重新給予加購包：sahm grant',
  },
  'Reinstate the license: sahm license reinstate': {
    fa: 'لایسنس را دوباره فعال کنید: sahm license reinstate',
    'zh-TW': '恢復授權：sahm license reinstate',
  },
  'Suspend the license: sahm license suspend': {
    fa: 'لایسنس را معلق کنید: sahm license suspend',
    'zh-TW': '停用授權：sahm license suspend',
  },
  'Set another end: sahm license change --expires': {
    fa: 'پایان دیگری بگذارید: sahm license change --expires',
    'zh-TW': '設定其他期限：sahm license change --expires',
  },
  'A key that was replaced stays replaced': {
    fa: 'کلیدی که عوض شده باشد برنمی‌گردد',
    'zh-TW': '已更換的金鑰無法復原',
  },
  'Withdraw the key: sahm license key remove': {
    fa: 'کلید را پس بگیرید: sahm license key remove',
    'zh-TW': '收回金鑰：sahm license key remove',
  },
  'Change the key: sahm license key change': {
    fa: 'کلید را تغییر دهید: sahm license key change',
    'zh-TW': '變更金鑰：sahm license key change',
  },
  'A key that was replaced or withdrawn stays so': {
    fa: 'کلیدی که عوض شده یا پس گرفته شده باشد برنمی‌گردد',
    'zh-TW': '已更換或收回的金鑰無法復原',
  },
  'an endpoint has this URL already.': {
    fa: 'این نشانی پیش‌تر ثبت شده است.',
    'zh-TW': '此網址已經登錄。',
  },
  // What was not found.
  license: { fa: 'لایسنس', 'zh-TW': '授權' },
  response: { fa: 'پاسخ', 'zh-TW': '回應' },
  video: { fa: 'ویدیو', 'zh-TW': '影片' },
  file: { fa: 'فایل', 'zh-TW': '檔案' },
  job: { fa: 'کار زمان‌بندی‌شده', 'zh-TW': '排程工作' },
  'purchase event': { fa: 'رویداد خرید', 'zh-TW': '購買事件' },
  shop: { fa: 'فروشگاه', 'zh-TW': '商店' },
  token: { fa: 'توکن', 'zh-TW': '權杖' },
  administrator: { fa: 'مدیر', 'zh-TW': '管理員' },
  code: { fa: 'کد', 'zh-TW': '兌換碼' },
  grant: { fa: 'بستهٔ افزایشی', 'zh-TW': '加購包' },
  key: { fa: 'کلید', 'zh-TW': '金鑰' },
  notice: { fa: 'اعلان', 'zh-TW': '通知' },
  'left out, or null: the plan sells money; set "all", in micro-dollars (1000000 is a dollar)': {
    fa: 'فرستاده نشود یا null باشد: این پلن بر پایهٔ هزینه است؛ «all» را به میلیونیم دلار تعیین کنید (1000000 یک دلار است)',
    'zh-TW': '省略或為 null：此方案以金額計費，請以百萬分之一美元設定「all」（1000000 為一美元）',
  },
  'an add-on of money: the plan sells money; or change the plan first': {
    fa: 'بستهٔ افزایشی موجودی: این پلن بر پایهٔ هزینه است؛ یا نخست پلن را تغییر دهید',
    'zh-TW': '金額的加購包：此方案以金額計費；或請先變更方案',
  },
  'an add-on of requests: the plan counts requests; or change the plan first': {
    fa: 'بستهٔ افزایشی درخواست: این پلن بر پایهٔ تعداد درخواست است؛ یا نخست پلن را تغییر دهید',
    'zh-TW': '請求的加購包：此方案以請求次數計算；或請先變更方案',
  },
  'all, with units in micro-dollars (1000000 is a dollar): the plan sells money': {
    fa: 'all، با units به میلیونیم دلار (1000000 یک دلار است): این پلن بر پایهٔ هزینه است',
    'zh-TW': 'all，units 以百萬分之一美元計（1000000 為一美元）：此方案以金額計費',
  },
  'the request is still under way; ask again when it has ended': {
    fa: 'درخواست هنوز در جریان است؛ پس از پایان آن دوباره بپرسید',
    'zh-TW': '請求仍在處理中，請於結束後再試',
  },
  'webhook endpoint': { fa: 'نشانی اعلان', 'zh-TW': '通知網址' },

  // What to do instead of a field that is not served.
  'Send the whole conversation in "input", or name the last answer in "previous_response_id"': {
    fa: 'تمام گفت‌وگو را در «input» بفرستید، یا آخرین پاسخ را در «previous_response_id» نام ببرید',
    'zh-TW': '請在「input」中傳送完整對話，或在「previous_response_id」中指明上一個回應',
  },
  'Remove it, or choose a model of OpenAI': {
    fa: 'آن را بردارید یا مدلی از OpenAI انتخاب کنید',
    'zh-TW': '請將其移除，或選擇 OpenAI 的模型',
  },
  'Remove it, and wait for the answer': {
    fa: 'آن را بردارید و منتظر پاسخ بمانید',
    'zh-TW': '請將其移除並等待回應',
  },
  'Write the text of the prompt in "instructions" and "input"': {
    fa: 'متن پرسش را در «instructions» و «input» بنویسید',
    'zh-TW': '請將提示的文字寫在「instructions」與「input」中',
  },
  'Shorten "input" yourself': {
    fa: '«input» را خودتان کوتاه کنید',
    'zh-TW': '請自行縮短「input」',
  },
  'Send the file itself as a data URL': {
    fa: 'خود فایل را به شکل data URL بفرستید',
    'zh-TW': '請以 data URL 傳送檔案本身',
  },

  'Send the file itself as base64': {
    fa: 'خود فایل را به شکل base64 بفرستید',
    'zh-TW': '請以 base64 傳送檔案本身',
  },
  'Name the last answer in "previous_response_id", or shorten "input" yourself': {
    fa: 'آخرین پاسخ را در «previous_response_id» نام ببرید، یا «input» را خودتان کوتاه کنید',
    'zh-TW': '請在「previous_response_id」中指明上一個回應，或自行縮短「input」',
  },
  'No answer runs in the background: close the connection to end one': {
    fa: 'هیچ پاسخی در پس‌زمینه ساخته نمی‌شود: برای پایان دادن به آن، اتصال را ببندید',
    'zh-TW': '沒有回應在背景執行：關閉連線即可結束',
  },
  'Send the file itself in each request': {
    fa: 'خود فایل را در هر درخواست بفرستید',
    'zh-TW': '請在每個請求中傳送檔案本身',
  },
  'Send each request by itself': {
    fa: 'هر درخواست را جداگانه بفرستید',
    'zh-TW': '請分別傳送每個請求',
  },
  'Use POST /v1/responses, and name the last answer in "previous_response_id"': {
    fa: 'از POST /v1/responses استفاده کنید و آخرین پاسخ را در «previous_response_id» نام ببرید',
    'zh-TW': '請使用 POST /v1/responses，並在「previous_response_id」中指明上一個回應',
  },

  'the code of a refusal': { fa: 'یکی از کدهای خطا', 'zh-TW': '錯誤代碼之一' },
  'a month as 2026-01': { fa: 'ماهی مانند 2026-01', 'zh-TW': '月份，如 2026-01' },
  'a product with a quantity, or a provider with units': {
    fa: 'محصول با تعداد، یا provider با units',
    'zh-TW': '商品加數量，或 provider 加 units',
  },
  'a list of objects': { fa: 'فهرستی از شیءها', 'zh-TW': '物件的清單' },
  'the code that the app shows now, and that was not used yet': {
    fa: 'کدی که برنامه اکنون نشان می‌دهد و هنوز استفاده نشده است',
    'zh-TW': '應用程式目前顯示且尚未使用過的驗證碼',
  },
  'a JSON array that is complete': { fa: 'آرایهٔ JSON کامل', 'zh-TW': '完整的 JSON 陣列' },
  'CSV whose quoted fields end with a quote': {
    fa: 'CSV که فیلدهای داخل گیومهٔ آن با گیومه بسته شوند',
    'zh-TW': '以引號結束其引號欄位的 CSV',
  },
  'a code that is right, and that was not used yet': {
    fa: 'کدی درست که هنوز استفاده نشده باشد',
    'zh-TW': '正確且尚未使用過的驗證碼',
  },
  'a day as 2026-01-31, which is included, or an instant as 2026-01-31T12:00:00Z, from 1970 to 9998':
    {
      fa: 'روزی مانند 2026-01-31 که خود آن روز هم به شمار می‌آید، یا لحظه‌ای مانند 2026-01-31T12:00:00Z، از سال 1970 تا 9998',
      'zh-TW': '日期，如 2026-01-31（含當日），或時刻，如 2026-01-31T12:00:00Z，自 1970 至 9998 年',
    },
  'a list here, or a text in file': {
    fa: 'فهرستی در همین‌جا، یا متنی در file',
    'zh-TW': '此處的清單，或 file 中的文字',
  },
  'a name of this change, so that a repetition changes nothing': {
    fa: 'نامی برای این تغییر، تا تکرار آن چیزی را عوض نکند',
    'zh-TW': '此變更的名稱，重複送出時不會再變更',
  },
  'an API token changes no password and no second factor. Sign in with the password.': {
    fa: 'با توکن API نمی‌توان گذرواژه و عامل دوم را عوض کرد. با گذرواژه وارد شوید.',
    'zh-TW': 'API 權杖不能變更密碼與第二因素，請以密碼登入。',
  },
  'remove your own second factor with a code of it, or a recovery code.': {
    fa: 'عامل دوم خود را با یک کد آن یا یک کد بازیابی بردارید.',
    'zh-TW': '請以自己的驗證碼或復原碼移除第二因素。',
  },
  'text | array of texts | array of tokens': {
    fa: 'متن، یا آرایه‌ای از متن‌ها یا توکن‌ها',
    'zh-TW': '文字，或文字、詞元的陣列',
  },
  'the X-Request-Id of a request': {
    fa: 'مقدار X-Request-Id یک درخواست',
    'zh-TW': '請求的 X-Request-Id',
  },
  'the key is withdrawn.': { fa: 'این کلید پس گرفته شده است.', 'zh-TW': '此金鑰已收回。' },
  'the license has a key of this name.': {
    fa: 'این لایسنس کلیدی با این نام دارد.',
    'zh-TW': '此授權已有同名的金鑰。',
  },
  'the second factor is on. Remove it first.': {
    fa: 'عامل دوم روشن است؛ نخست آن را بردارید.',
    'zh-TW': '第二因素已啟用，請先移除。',
  },
  'the password that you sign in with': {
    fa: 'گذرواژه‌ای که با آن وارد می‌شوید',
    'zh-TW': '您登入時所用的密碼',
  },

  // Roles and states.
  viewer: { fa: 'بیننده (viewer)', 'zh-TW': '檢視者（viewer）' },
  operator: { fa: 'متصدی (operator)', 'zh-TW': '操作員（operator）' },
  owner: { fa: 'مالک (owner)', 'zh-TW': '擁有者（owner）' },
  active: { fa: 'فعال (active)', 'zh-TW': '有效（active）' },
  suspended: { fa: 'معلق (suspended)', 'zh-TW': '停用（suspended）' },
  revoked: { fa: 'باطل (revoked)', 'zh-TW': '撤銷（revoked）' },
  expired: { fa: 'منقضی (expired)', 'zh-TW': '到期（expired）' },

  // What a field should be.
  string: { fa: 'رشتهٔ متنی', 'zh-TW': '字串' },
  object: { fa: 'شیء JSON', 'zh-TW': 'JSON 物件' },
  'a JSON object': { fa: 'شیء JSON', 'zh-TW': 'JSON 物件' },
  'a JSON object without fields': { fa: 'شیء JSON بدون فیلد', 'zh-TW': '沒有欄位的 JSON 物件' },
  array: { fa: 'آرایه', 'zh-TW': '陣列' },
  'string | array': { fa: 'رشتهٔ متنی یا آرایه', 'zh-TW': '字串或陣列' },
  boolean: { fa: 'true یا false', 'zh-TW': 'true 或 false' },
  integer: { fa: 'عددی صحیح', 'zh-TW': '整數' },
  'true or false': { fa: 'true یا false', 'zh-TW': 'true 或 false' },
  number: { fa: 'عدد', 'zh-TW': '數字' },
  int: { fa: 'عدد صحیح', 'zh-TW': '整數' },
  null: { fa: 'null', 'zh-TW': 'null' },
  'another value': { fa: 'مقداری دیگر', 'zh-TW': '其他的值' },
  'a string that is not empty': { fa: 'رشتهٔ متنی غیرخالی', 'zh-TW': '非空白的字串' },
  'array of messages': { fa: 'آرایه‌ای از پیام‌ها', 'zh-TW': '訊息的陣列' },
  'array of strings': { fa: 'آرایه‌ای از رشته‌های متنی', 'zh-TW': '字串的陣列' },
  'array of tools': { fa: 'آرایه‌ای از ابزارها', 'zh-TW': '工具的陣列' },
  'string | array of content blocks': {
    fa: 'رشتهٔ متنی، یا آرایه‌ای از بخش‌های محتوا',
    'zh-TW': '字串，或內容區塊的陣列',
  },
  'id of a model': { fa: 'شناسهٔ یک مدل', 'zh-TW': '模型的識別碼' },
  'object of at most 16 short strings': {
    fa: 'شیئی با حداکثر 16 رشتهٔ متنی کوتاه',
    'zh-TW': '最多 16 個短字串的物件',
  },
  'array of tool calls': { fa: 'آرایه‌ای از فراخوانی‌های ابزار', 'zh-TW': '工具呼叫的陣列' },
  'string | array of 1 to 4 strings': {
    fa: 'رشتهٔ متنی، یا آرایه‌ای از 1 تا 4 رشته',
    'zh-TW': '字串，或 1 至 4 個字串的陣列',
  },
  'an e-mail address': { fa: 'نشانی ایمیل', 'zh-TW': '電子郵件地址' },
  'license_id or email': { fa: 'license_id یا email', 'zh-TW': 'license_id 或 email' },
  'the id of a license': { fa: 'شناسهٔ یک لایسنس', 'zh-TW': '授權的識別碼' },
  'the id of an add-on product': {
    fa: 'شناسهٔ محصولی که بستهٔ افزایشی است',
    'zh-TW': '加購包商品的識別碼',
  },
  'the id of a product of the catalogue': {
    fa: 'شناسهٔ یکی از محصولات کاتالوگ',
    'zh-TW': '商品目錄中商品的識別碼',
  },
  'the id of a product that is sold here': {
    fa: 'شناسهٔ محصولی که اینجا فروخته می‌شود',
    'zh-TW': '此處販售之商品的識別碼',
  },
  'an instant in the future': { fa: 'زمانی در آینده', 'zh-TW': '未來的時間' },
  'an instant within a year from now': {
    fa: 'زمانی در یک سال آینده',
    'zh-TW': '一年之內的時間',
  },
  'an instant as 2026-01-31T12:00:00Z, from 1970 to 9998': {
    fa: 'زمانی به شکل 2026-01-31T12:00:00Z از سال 1970 تا 9998',
    'zh-TW': '如 2026-01-31T12:00:00Z 的時間，自 1970 至 9998 年',
  },
  'a day as 2026-01-31, from 1970 to 9998': {
    fa: 'روزی به شکل 2026-01-31 از سال 1970 تا 9998',
    'zh-TW': '如 2026-01-31 的日期，自 1970 至 9998 年',
  },
  'a time that is not after "to"; swap the two': {
    fa: 'زمانی که پس از «to» نباشد؛ جای این دو را عوض کنید',
    'zh-TW': '不晚於「to」的時間；請將兩者對調',
  },
  'the next_cursor of a page': {
    fa: 'مقدار next_cursor از صفحهٔ پیش',
    'zh-TW': '前一頁的 next_cursor',
  },
  'the last 4 characters of a key': {
    fa: '4 نویسهٔ پایانی یک کلید',
    'zh-TW': '金鑰的最後 4 個字元',
  },
  'the beginning of a key: sahm_live_ and 1 to 4 characters': {
    fa: 'آغاز یک کلید: sahm_live_ و 1 تا 4 نویسه پس از آن',
    'zh-TW': '金鑰的開頭：sahm_live_ 加上 1 至 4 個字元',
  },
  'text without a license key, an API token or a code': {
    fa: 'متنی بدون کلید لایسنس، توکن API یا کد',
    'zh-TW': '不含授權金鑰、API 權杖或兌換碼的文字',
  },
  '1 to 255 printable characters, no key among them': {
    fa: '1 تا 255 نویسهٔ چاپی که کلید در آن نباشد',
    'zh-TW': '1 至 255 個可列印字元，且不含金鑰',
  },
  'an https URL': { fa: 'نشانی https', 'zh-TW': 'https 網址' },
  'an https or http URL': { fa: 'نشانی https یا http', 'zh-TW': 'https 或 http 網址' },
  'a URL without a user name and password': {
    fa: 'نشانی بدون نام کاربری و گذرواژه',
    'zh-TW': '不含使用者名稱與密碼的網址',
  },
  'a URL whose host has a public address': {
    fa: 'نشانی میزبانی که در اینترنت در دسترس است',
    'zh-TW': '主機具有公開位址的網址',
  },

  // Why something is not possible now.
  'an API token has no session; revoke it instead.': {
    fa: 'توکن API نشست ندارد؛ به جای آن، خود توکن را باطل کنید.',
    'zh-TW': '權杖沒有工作階段，請改為撤銷權杖。',
  },
  'another process runs this job now.': {
    fa: 'هم‌اکنون برنامهٔ دیگری این کار را انجام می‌دهد.',
    'zh-TW': '此工作正由另一個程序執行。',
  },
  'the payment is not confirmed yet; where you had a license before, it is the same key.': {
    fa: 'پرداخت هنوز تأیید نشده است؛ اگر پیش‌تر لایسنس داشته‌اید، کلید همان است.',
    'zh-TW': '付款尚未確認；若您先前已有授權，金鑰不變。',
  },
  'the shop has no active price for this product.': {
    fa: 'فروشگاه برای این محصول قیمت فعالی ندارد.',
    'zh-TW': '商店沒有此商品的有效價格。',
  },
  'a subscription runs already: change or end it in the billing portal.': {
    fa: 'اشتراکی فعال است؛ آن را در صفحهٔ مدیریت پرداخت تغییر دهید یا پایان دهید.',
    'zh-TW': '已有進行中的訂閱，請在帳務管理頁面變更或結束訂閱。',
  },
  'there is an administrator of this e-mail address.': {
    fa: 'مدیری با این نشانی ایمیل وجود دارد.',
    'zh-TW': '已有使用此電子郵件地址的管理員。',
  },
  'this is the only owner left. Make another one first.': {
    fa: 'این تنها مالک است؛ نخست مالک دیگری تعیین کنید.',
    'zh-TW': '這是唯一的擁有者，請先設定另一位擁有者。',
  },
  'the code was used.': { fa: 'این کد استفاده شده است.', 'zh-TW': '此兌換碼已使用。' },
  'the event names no order that could be assigned.': {
    fa: 'این رویداد سفارشی ندارد که بتوان آن را به کسی داد.',
    'zh-TW': '此事件沒有可指派的訂單。',
  },
  'that license is revoked, for good.': {
    fa: 'آن لایسنس برای همیشه باطل شده است.',
    'zh-TW': '該授權已永久撤銷。',
  },
  'the order is settled.': { fa: 'این سفارش بدون اثر بسته شده است.', 'zh-TW': '此訂單已結案。' },
  'nothing of the order could be read, so there is nothing to assign.': {
    fa: 'چیزی از این سفارش خوانده نشد تا بتوان آن را به کسی داد.',
    'zh-TW': '無法讀取此訂單的任何內容，因此沒有可指派的項目。',
  },
  'the event has had its effect.': {
    fa: 'این رویداد اثر خود را گذاشته است.',
    'zh-TW': '此事件已生效。',
  },
  'the license is revoked, for good.': {
    fa: 'این لایسنس برای همیشه باطل شده است.',
    'zh-TW': '此授權已永久撤銷。',
  },
  'this key was replaced already.': {
    fa: 'این کلید پیش‌تر عوض شده است.',
    'zh-TW': '此金鑰先前已更換。',
  },
};

/** Each `{0}` is what the pattern found there, translated too. */
const PATTERNS: Pattern[] = [
  [
    /^at most (\d+) fields, as the header has$/,
    { fa: 'حداکثر {0} فیلد، به تعداد سرستون‌ها', 'zh-TW': '最多 {0} 個欄位，與標題列相同' },
  ],
  [
    /^a header that has "(.+)" once$/,
    { fa: 'سرستونی که «{0}» در آن یک بار باشد', 'zh-TW': '「{0}」只出現一次的標題列' },
  ],
  [
    /^left out, or null: the plan counts requests; set (.+)$/,
    {
      fa: 'فرستاده نشود یا null باشد: این پلن بر پایهٔ تعداد درخواست است؛ {0} را تعیین کنید',
      'zh-TW': '省略或為 null：此方案以請求次數計算，請設定 {0}',
    },
  ],
  [
    /^(.+): the plan counts requests$/,
    { fa: '{0}: این پلن بر پایهٔ تعداد درخواست است', 'zh-TW': '{0}：此方案以請求次數計算' },
  ],
  [/^(\d+) to (\d+) lines$/, { fa: '{0} تا {1} سطر', 'zh-TW': '{0} 至 {1} 行' }],
  [
    /^a license has at most (\d+) keys\.$/,
    { fa: 'هر لایسنس حداکثر {0} کلید دارد.', 'zh-TW': '每個授權最多 {0} 個金鑰。' },
  ],
  [/^a month from (\S+) to (\S+)$/, { fa: 'ماهی از {0} تا {1}', 'zh-TW': '{0} 至 {1} 的月份' }],
  [
    /^line (\d+) is about the same license\. Write one line, or send the other one later\.$/,
    {
      fa: 'سطر {0} دربارهٔ همین لایسنس است. یک سطر بنویسید یا دیگری را بعد بفرستید.',
      'zh-TW': '第 {0} 行是同一個授權。請合併為一行，或稍後再送出另一行。',
    },
  ],
  [
    /^the last that happened to it is (\S+), by (.+) at (\S+), and no change\. (.*?)((?:\. )?)To take an earlier change back: sahm license change\.$/,
    {
      fa: 'آخرین رویداد آن {0} است، از {1} در {2}، که تغییر نیست. {3}{4}برای برگرداندن تغییری پیش از آن: sahm license change.',
      'zh-TW':
        '它的上一個事件是 {0}（{1}，{2}），不是變更。{3}{4}要復原更早的變更：sahm license change。',
    },
  ],
  [
    /^nothing to undo: (.+)$/s,
    { fa: 'چیزی برای برگرداندن نیست: {0}', 'zh-TW': '沒有可復原的變更：{0}' },
  ],
  [
    /^this e-mail address has several licenses: (.+)\. Name one by its id\.$/,
    {
      fa: 'این نشانی ایمیل چند لایسنس دارد: {0}. یکی را با شناسهٔ آن نام ببرید.',
      'zh-TW': '此電子郵件地址有多個授權：{0}。請以識別碼指定其中一個。',
    },
  ],
  [
    /^string \| array of 1 to (\d+) items$/,
    {
      fa: 'رشتهٔ متنی، یا آرایه‌ای از 1 تا {0} مورد',
      'zh-TW': '字串，或 1 至 {0} 個項目的陣列',
    },
  ],
  [/^number from (\S+) to (\S+)$/, { fa: 'عددی از {0} تا {1}', 'zh-TW': '{0} 至 {1} 的數字' }],
  [
    /^(?:an )?integer from (\S+) to (\S+)$/,
    { fa: 'عددی صحیح از {0} تا {1}', 'zh-TW': '{0} 至 {1} 的整數' },
  ],
  [
    /^text of (\d+) to (\d+) characters$/,
    { fa: 'متنی از {0} تا {1} نویسه', 'zh-TW': '{0} 至 {1} 個字元的文字' },
  ],
  [
    /^text of (\d+) to (\d+) characters, well-formed, without NUL$/,
    {
      fa: 'متنی درست از {0} تا {1} نویسه، بدون NUL',
      'zh-TW': '{0} 至 {1} 個字元、格式正確且不含 NUL 的文字',
    },
  ],
  [/^array of: (.+)$/, { fa: 'آرایه‌ای از: {0}', 'zh-TW': '下列值的陣列：{0}' }],
  [
    /^array of at most (\d+) tools$/,
    { fa: 'آرایه‌ای از حداکثر {0} ابزار', 'zh-TW': '最多 {0} 個工具的陣列' },
  ],
  [
    /^object of at most (\d+) tokens$/,
    { fa: 'شیء JSON با حداکثر {0} توکن', 'zh-TW': '最多 {0} 個詞元的 JSON 物件' },
  ],
  [
    /^string \| array of 1 to (\d+) parts$/,
    {
      fa: 'رشتهٔ متنی، یا آرایه‌ای از 1 تا {0} بخش',
      'zh-TW': '字串，或 1 至 {0} 個部分的陣列',
    },
  ],
  [
    /^a day as 2026-01-31, or (.+)$/,
    { fa: 'روزی مانند 2026-01-31، یا {0}', 'zh-TW': '如 2026-01-31 的日期，或{0}' },
  ],
  [
    /^different kinds of notices: (.+)$/,
    { fa: 'نوع‌هایی از اعلان، هر کدام یک بار: {0}', 'zh-TW': '不重複的通知種類：{0}' },
  ],
  [
    /^a day up to (\d+) days before "to"$/,
    { fa: 'روزی تا {0} روز پیش از «to»', 'zh-TW': '「to」之前 {0} 天以內的日期' },
  ],
  [/^at least (\S+)$/, { fa: 'دست‌کم {0}', 'zh-TW': '至少 {0}' }],
  [/^at most (\S+)$/, { fa: 'حداکثر {0}', 'zh-TW': '最多 {0}' }],
  [/^at least (\S+) characters$/, { fa: 'دست‌کم {0} نویسه', 'zh-TW': '至少 {0} 個字元' }],
  [/^at most (\S+) characters$/, { fa: 'حداکثر {0} نویسه', 'zh-TW': '最多 {0} 個字元' }],
  [/^at least (\S+) entries$/, { fa: 'دست‌کم {0} مورد', 'zh-TW': '至少 {0} 個項目' }],
  [/^at most (\S+) entries$/, { fa: 'حداکثر {0} مورد', 'zh-TW': '最多 {0} 個項目' }],
  [
    /^there are (\d+) endpoints already\.$/,
    { fa: '{0} نشانی ثبت شده و بیشتر ممکن نیست.', 'zh-TW': '已有 {0} 個網址，無法再增加。' },
  ],
  [
    /^the catalogue has faults: (.+)$/s,
    { fa: 'کاتالوگ خطا دارد: {0}', 'zh-TW': '商品目錄有錯誤：{0}' },
  ],
  [/^the license is (\w+)\.$/, { fa: 'وضعیت لایسنس: {0}.', 'zh-TW': '授權的狀態：{0}。' }],
  [
    /^the order counts for the license (\S+) already\.$/,
    {
      fa: 'این سفارش هم‌اکنون برای لایسنس {0} حساب شده است.',
      'zh-TW': '此訂單已計入授權 {0}。',
    },
  ],
  [
    /^nothing was bought through (.+)\.$/,
    { fa: 'چیزی از راه {0} خریده نشده است.', 'zh-TW': '沒有透過 {0} 購買的項目。' },
  ],
  ...SHOP_CHECKS,
];
