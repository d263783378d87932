// The texts marked §8 are seed 003's (docs/sources.md), byte for byte: without zero-width non-joiners.

import type { Modality } from '../domain/catalog.js';
import { DESCRIPTIONS } from '../domain/provider.js';
import type { ImageFaultTexts, Texts } from './texts.js';
import { allListed, listed, size } from './texts.js';

const MODALITY_NAMES: Record<Modality, string> = {
  text: 'متن',
  image: 'تصویر',
  file: 'فایل',
  audio: 'صوت',
  video: 'ویدیو',
};

const IMAGE_FAULTS: ImageFaultTexts = {
  not_a_data_url: 'باید یک data URL به شکل data:image/png;base64,... باشد',
  type_not_allowed: 'فقط png، jpeg، webp و gif پذیرفته می‌شود',
  not_base64: 'بخش پس از base64, درست نیست',
  not_that_image: 'محتوای آن با نوعی که اعلام شده یکی نیست',
};

export const fa: Texts = {
  // seed 003 §8.1
  license_invalid: () => 'License key نامعتبر است یا فعال نیست.',
  // seed 003 §8.5
  required_fields_empty: () => 'api_key یا model یا prompt خالی است.',
  field_missing: ({ field }) => `فیلد «${field}» ارسال نشده یا خالی است؛ آن را بفرستید.`,
  field_invalid: ({ field, expected }) =>
    `مقدار فیلد «${field}» درست نیست؛ مقدار مورد انتظار: ${expected}.`,
  field_unknown: ({ field }) => `فیلد «${field}» شناخته‌شده نیست؛ آن را از درخواست بردارید.`,
  text_not_well_formed: ({ field }) =>
    `متن فیلد «${field}» یونیکد درستی نیست یا NUL دارد؛ آن را بدون نیم‌جفت‌های تنها (surrogate) و بدون NUL بفرستید.`,
  too_many_messages: ({ field, most }) =>
    `فیلد «${field}» بیش از ${most} پیام دارد؛ قدیمی‌ترین پیام‌ها را بردارید.`,
  image_invalid: ({ field, reason }) =>
    `تصویر فیلد «${field}» پذیرفته نشد: ${IMAGE_FAULTS[reason]}.`,
  body_not_json: () => 'بدنهٔ درخواست JSON معتبر نیست؛ یک شیء JSON بفرستید.',
  body_not_utf8: () => 'بدنهٔ درخواست UTF-8 معتبر نیست؛ JSON را با UTF-8 بفرستید.',
  body_too_large: ({ mostBytes }) =>
    `بدنهٔ درخواست از ${size(mostBytes)} بزرگ‌تر است؛ تصویر و فایل کمتر یا کوچک‌تری بفرستید.`,
  body_too_complex: () =>
    'بدنهٔ درخواست بیش از حد تودرتو است، یا فیلد، مقدار یا متن کوتاه بسیار زیادی دارد؛ یک‌باره کمتر بفرستید.',
  body_too_slow: () => 'بدنهٔ درخواست نرسید یا بسیار کند رسید؛ درخواست را دوباره بفرستید.',
  body_not_json_type: () =>
    'نوع بدنهٔ درخواست JSON اعلام نشده است؛ سرآیند Content-Type: application/json را بفرستید.',
  body_compressed: () =>
    'بدنهٔ درخواست فشرده شده است؛ آن را بدون فشرده‌سازی و بدون سرآیند Content-Encoding بفرستید.',
  body_charset: () => 'بدنهٔ درخواست با کدگذاری دیگری اعلام شده است؛ JSON را با UTF-8 بفرستید.',
  body_is_form: () =>
    'بدنهٔ درخواست فرم است؛ JSON بفرستید: {"api_key": "...", "model": "...", "prompt": "..."}',
  method_not_allowed: ({ allowed }) =>
    `این متد در این نشانی مجاز نیست؛ از ${allowed} استفاده کنید.`,
  route_not_found: ({ suggestions }) =>
    suggestions.length > 0
      ? `چیزی در این نشانی نیست. آیا منظورتان این بود: ${listed(suggestions, '، ')}؟`
      : 'چیزی در این نشانی نیست؛ مسیر و نسخهٔ API را بررسی کنید.',
  model_not_found: ({ model, suggestions }) =>
    suggestions.length > 0
      ? `مدل ${model} وجود ندارد. آیا منظورتان این بود: ${listed(suggestions, '، ')}؟`
      : `مدل ${model} وجود ندارد. فهرست مدل‌ها را از GET /v1/models بگیرید.`,
  // seed 003 §8.2
  direct_not_in_plan: ({ plan, provider, minimumPlan }) =>
    `در پلن ${plan.toUpperCase()} مدلهای مستقیم ${DESCRIPTIONS[provider].name} در دسترس نیست. برای ${DESCRIPTIONS[provider].name} باید پلن ${minimumPlan.toUpperCase()} داشته باشید.`,
  model_not_in_plan: ({ plan, model, minimumPlan }) =>
    `در پلن ${plan.toUpperCase()} مدل ${model} در دسترس نیست. برای این مدل باید پلن ${minimumPlan.toUpperCase()} داشته باشید.`,
  tools_not_supported: ({ model, models }) =>
    `مدل ${model} ابزار فراخوانی نمی‌کند. ${
      models.length > 0
        ? `این مدل‌های پلن شما این کار را می‌کنند: ${listed(models, '، ')}.`
        : 'هیچ مدلی از پلن شما این کار را نمی‌کند؛ tools را بردارید یا پلن بالاتری بگیرید.'
    }`,
  content_not_supported: ({ model, modalities, models }) =>
    `مدل ${model} ورودی ${allListed(modalities, MODALITY_NAMES, '، ')} نمی‌پذیرد. ${
      models.length > 0
        ? `این مدل‌های پلن شما می‌پذیرند: ${listed(models, '، ')}.`
        : 'هیچ مدلی از پلن شما آن را نمی‌پذیرد؛ این بخش را بردارید یا پلن بالاتری بگیرید.'
    }`,
  // seed 003 §8.3 and §8.4
  quota_exhausted: ({ provider }) =>
    `سقف ماهانه ${DESCRIPTIONS[provider].quotaName} شما تمام شده است.`,
  upstream_rejected: ({ detail }) =>
    `سرویس‌دهندهٔ مدل این درخواست را نپذیرفت و چیزی از سقف شما کم نشد: ${detail}`,
  upstream_failed: () =>
    'سرویس‌دهندهٔ مدل پاسخ درستی نداد. چیزی از سقف شما کم نشد؛ دوباره تلاش کنید.',
  upstream_timeout: () =>
    'سرویس‌دهندهٔ مدل به‌موقع پاسخ نداد. چیزی از سقف شما کم نشد؛ دوباره تلاش کنید یا درخواست کوتاه‌تری بفرستید.',
  upstream_unavailable: () =>
    'مدل فعلاً در دسترس نیست. چیزی از سقف شما کم نشد؛ کمی بعد دوباره تلاش کنید یا مدل دیگری انتخاب کنید.',
  service_unavailable: () => 'سرویس فعلاً در دسترس نیست؛ چند ثانیهٔ دیگر دوباره تلاش کنید.',
  internal_error: () =>
    'خطایی در سمت ما رخ داد؛ اگر تکرار شد، مقدار X-Request-Id را به پشتیبانی بدهید.',
  value_not_storable: () =>
    'یکی از مقدارهای درخواست ذخیره‌شدنی نیست (تاریخی بیرون از تقویم، عددی بیش از اندازه بزرگ یا نویسه‌ای مانند NUL)؛ آن را درست کنید.',
  outcome_unknown: () =>
    'سرویس هنگام شمارش، پایگاه داده را از دست داد؛ شاید این درخواست حداکثر یک بار از سقف شما کم شده باشد. پیش از ارسال دوباره، مصرف خود را ببینید.',
  sign_in_failed: () => 'ایمیل یا رمز عبور درست نیست.',
  unauthenticated: () => 'وارد نشده‌اید؛ یک توکن معتبر در سرآیند Authorization: Bearer بفرستید.',
  forbidden: ({ role }) => `این کار نقش ${role} می‌خواهد؛ آن را از یک owner بخواهید.`,
  idempotency_key_invalid: () =>
    'سرآیند Idempotency-Key باید ۱ تا ۲۵۵ نویسهٔ چاپی ASCII داشته باشد.',
  idempotency_in_progress: () =>
    'درخواستی با همین Idempotency-Key در حال انجام است. یک ثانیه صبر کنید و دوباره بفرستید.',
  idempotency_mismatch: () =>
    'این Idempotency-Key برای درخواست دیگری به کار رفته است. برای هر درخواست تازه کلید تازه‌ای بفرستید.',
  idempotency_reply_lost: () =>
    'درخواست این Idempotency-Key از سقف شما کم شده، ولی پاسخ آن نگه داشته نشده است. برای پرسش دوباره کلید تازه‌ای بفرستید.',
  rate_limited: () =>
    'تعداد درخواست‌ها زیاد است؛ به اندازهٔ ثانیه‌های Retry-After صبر کنید و دوباره بفرستید.',
  code_not_found: () =>
    'چنین کدی وجود ندارد؛ همهٔ نویسه‌ها را مقایسه کنید یا از کسی که کد را به شما داده بپرسید.',
  code_used: () => 'این کد پیش از این استفاده شده است؛ هر کد یک بار کار می‌کند.',
  code_expired: () => 'مهلت این کد تمام شده است؛ از کسی که آن را به شما داده کد دیگری بخواهید.',
  code_product_unknown: () =>
    'محصول این کد فعلاً عرضه نمی‌شود. کد استفاده نشد؛ از کسی که آن را به شما داده بپرسید.',
  code_had_before: () =>
    'هر خریدار این را یک بار می‌گیرد و شما پیش از این گرفته‌اید. کد استفاده نشد؛ می‌توانید آن را به کس دیگری بدهید.',
  code_needs_license: () =>
    'این کد برای یک افزونه است و افزونه لایسنس می‌خواهد؛ کلید لایسنس را هم در سرآیند Authorization: Bearer بفرستید. کد استفاده نشد.',
  code_needs_active_license: ({ status }) =>
    `وضعیت لایسنس شما ${status} است. کد استفاده نشد؛ وقتی لایسنس دوباره فعال شد آن را به کار ببرید.`,
  code_needs_plan: ({ plan, minimumPlan }) =>
    `این کد برای افزونه‌ای است که پلن ${minimumPlan.toUpperCase()} می‌خواهد و پلن شما ${plan.toUpperCase()} است. کد استفاده نشد.`,
  not_found: ({ what }) => `${what} پیدا نشد؛ شناسهٔ آن را بررسی کنید.`,
  conflict: ({ reason }) => `این کار در وضعیت کنونی ممکن نیست: ${reason}`,
};
