// The texts marked §8 are seed 003's (docs/sources.md), byte for byte: without zero-width non-joiners.

import type { Modality, ModelKind } from '../domain/catalog.js';
import { DESCRIPTIONS } from '../domain/provider.js';
import { phrase } from './phrases.js';
import type { ImageFaultTexts, Texts } from './texts.js';
import { allListed, listed, size } from './texts.js';

const MODALITY_NAMES: Record<Modality, string> = {
  text: 'متن',
  image: 'تصویر',
  file: 'فایل',
  audio: 'صوت',
  video: 'ویدیو',
};

const MODEL_KIND_NAMES: Record<ModelKind, string> = {
  chat: 'گفت‌وگو',
  embedding: 'ساخت بردار متن',
  image: 'ساخت تصویر',
  speech: 'ساخت گفتار',
  transcription: 'پیاده‌سازی گفتار',
  video: 'ساخت ویدیو',
  moderation: 'بررسی محتوا',
};

const IMAGE_FAULTS: ImageFaultTexts = {
  not_a_data_url: 'باید به شکل data:image/png;base64,... باشد',
  type_not_allowed: 'فقط png، jpeg، webp و gif پذیرفته می‌شود',
  not_base64: 'بخش پس از base64, درست نیست',
  not_that_image: 'محتوای آن با نوعی که اعلام شده یکی نیست',
};

export const fa: Texts = {
  done: () => 'درخواست با موفقیت انجام شد.',
  api_key_invalid: () => 'کلید API نامعتبر است یا منقضی شده است.',
  // seed 003 §8.1
  license_invalid: () => 'License key نامعتبر است یا فعال نیست.',
  license_missing: () =>
    'کلید لایسنس فرستاده نشده است. آن را در سرآیند Authorization: Bearer بفرستید؛ x-api-key و api-key هم پذیرفته می‌شوند.',
  // seed 003 §8.5
  required_fields_empty: () => 'api_key یا model یا prompt خالی است.',
  field_missing: ({ field }) => `فیلد «${field}» فرستاده نشده یا خالی است؛ آن را بفرستید.`,
  field_invalid: ({ field, expected }) =>
    `مقدار فیلد «${field}» درست نیست؛ مقدار مورد انتظار: ${phrase('fa', expected)}.`,
  field_unknown: ({ field, meant }) =>
    meant === undefined
      ? `فیلد «${field}» شناخته‌شده نیست؛ آن را از درخواست بردارید.`
      : `فیلد «${field}» شناخته‌شده نیست؛ به جای آن «${meant}» را بفرستید یا آن را بردارید.`,
  field_not_served: ({ field, instead }) =>
    `فیلد «${field}» در اینجا پشتیبانی نمی‌شود. ${phrase('fa', instead)}.`,
  previous_response_not_found: ({ id }) =>
    `«${id}» در اینجا نگه‌داری نشده است: ذخیره نشده، زمانش گذشته یا حذف شده است؛ تمام گفت‌وگو را در «input» بفرستید.`,
  thread_not_kept: ({ field }) =>
    `گفت‌وگوها اینجا نگه داشته نمی‌شوند. «${field}» را بردارید و تمام گفت‌وگو را در «messages» بفرستید.`,
  text_not_well_formed: ({ field }) =>
    `متن فیلد «${field}» یونیکد درستی نیست یا NUL دارد؛ آن را بدون نیم‌نویسه‌های بی‌جفت و بدون NUL بفرستید.`,
  too_many_messages: ({ field, most }) =>
    `فیلد «${field}» بیش از ${most} پیام دارد؛ قدیمی‌ترین پیام‌ها را بردارید.`,
  image_invalid: ({ field, reason }) =>
    `تصویر فیلد «${field}» پذیرفته نشد: ${IMAGE_FAULTS[reason]}.`,
  body_not_json: () => 'بدنهٔ درخواست JSON معتبر نیست؛ یک شیء JSON بفرستید.',
  body_not_utf8: () => 'بدنهٔ درخواست UTF-8 معتبر نیست؛ JSON را با UTF-8 بفرستید.',
  body_too_large: ({ mostBytes }) =>
    `بدنهٔ درخواست از ${size(mostBytes)} بزرگ‌تر است؛ تصویر و فایل کمتر یا کوچک‌تری بفرستید.`,
  body_too_complex: () =>
    'بدنهٔ درخواست بیش از حد تودرتو است، یا فیلد، مقدار یا متن کوتاه بسیار زیادی دارد؛ هر بار کمتر بفرستید.',
  body_too_slow: () => 'بدنهٔ درخواست نرسید یا بسیار کند رسید؛ درخواست را دوباره بفرستید.',
  body_not_json_type: () =>
    'نوع بدنهٔ درخواست JSON اعلام نشده است؛ سرآیند Content-Type: application/json را بفرستید.',
  body_compressed: () =>
    'بدنهٔ درخواست فشرده شده است؛ آن را بدون فشرده‌سازی و بدون سرآیند Content-Encoding بفرستید.',
  body_charset: () => 'کدگذاری اعلام‌شدهٔ بدنهٔ درخواست UTF-8 نیست؛ JSON را با UTF-8 بفرستید.',
  body_is_form: () =>
    'بدنهٔ درخواست فرم است؛ JSON بفرستید: {"api_key": "...", "model": "...", "prompt": "..."}',
  body_not_form: () => 'بدنهٔ درخواست فرم نیست؛ آن را به شکل multipart/form-data بفرستید.',
  body_malformed_form: () =>
    'بدنهٔ درخواست فرمی نیست که Content-Type می‌گوید: مرز بخش‌هایش فرق دارد، ناتمام است یا بخش‌های بیش از اندازه دارد. بگذارید کتابخانهٔ شما Content-Type را بنویسد، یا بخش‌های کمتری بفرستید.',
  method_not_allowed: ({ allowed }) =>
    `این روش در این نشانی مجاز نیست؛ از ${allowed} استفاده کنید.`,
  route_not_found: ({ suggestions }) =>
    suggestions.length > 0
      ? `چیزی در این نشانی نیست. آیا منظورتان این بود: ${listed(suggestions, '، ')}؟`
      : 'چیزی در این نشانی نیست؛ مسیر و نسخهٔ API را بررسی کنید.',
  route_not_served: ({ instead }) => `این در اینجا پشتیبانی نمی‌شود. ${phrase('fa', instead)}.`,
  model_not_found: ({ model, suggestions }) =>
    suggestions.length > 0
      ? `مدل «${model}» وجود ندارد. آیا منظورتان این بود: ${listed(suggestions, '، ')}؟`
      : `مدل «${model}» وجود ندارد. فهرست مدل‌ها را از GET /v1/models بگیرید.`,
  // seed 003 §8.2
  direct_not_in_plan: ({ plan, provider, minimumPlan }) =>
    `در پلن ${plan.toUpperCase()} مدلهای مستقیم ${DESCRIPTIONS[provider].name} در دسترس نیست. برای ${DESCRIPTIONS[provider].name} باید پلن ${minimumPlan.toUpperCase()} داشته باشید.`,
  model_not_in_plan: ({ plan, model, minimumPlan }) =>
    `در پلن ${plan.toUpperCase()} مدل ${model} در دسترس نیست. برای این مدل باید پلن ${minimumPlan.toUpperCase()} داشته باشید.`,
  tools_not_supported: ({ model, models }) =>
    `مدل ${model} نمی‌تواند ابزار فراخوانی کند. ${
      models.length > 0
        ? `این مدل‌های پلن شما این کار را می‌کنند: ${listed(models, '، ')}.`
        : 'هیچ مدلی از پلن شما این کار را نمی‌کند؛ tools را بردارید یا پلن بالاتری بگیرید.'
    }`,
  kind_not_supported: ({ model, kind, models }) =>
    `مدل ${model} برای ${MODEL_KIND_NAMES[kind]} نیست. ${
      models.length > 0
        ? `این مدل‌های پلن شما برای این کار هستند: ${listed(models, '، ')}.`
        : 'هیچ مدلی از پلن شما برای این کار نیست؛ پلن بالاتری بگیرید.'
    }`,
  form_not_served: ({ model, models }) =>
    `مدل ${model} در این نشانی در دسترس نیست. ${
      models.length > 0
        ? `این مدل‌های پلن شما در دسترس هستند: ${listed(models, '، ')}.`
        : 'برای آن از POST /v1/chat/completions استفاده کنید.'
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
  key_quota_exhausted: ({ provider, name }) =>
    `سقف ماهانه ${DESCRIPTIONS[provider].quotaName} کلید «${name}» تمام شده است. سقف این کلید را بالاتر ببرید یا تا ماه بعد صبر کنید؛ سقف خود لایسنس جداست.`,
  wallet_exhausted: () =>
    'موجودی شما برای این درخواست کافی نیست. آن را افزایش دهید، درخواست را کوتاه‌تر کنید یا تا ماه بعد صبر کنید.',
  key_wallet_exhausted: ({ name }) =>
    `از سقف ماهانهٔ کلید «${name}» برای این درخواست کافی نمانده است. سقف این کلید را بالاتر ببرید یا تا ماه بعد صبر کنید؛ موجودی خود لایسنس جداست.`,
  kind_not_for_money: ({ plan, kind }) =>
    `پلن ${plan.toUpperCase()} بر پایهٔ هزینه است و هنوز مدلی برای ${MODEL_KIND_NAMES[kind]} ندارد. مدل دیگری انتخاب کنید یا از فروشنده پلنی برای این کار بخواهید.`,
  upstream_rejected: ({ detail }) =>
    `چیزی از سقف شما کم نشد. سرویس‌دهندهٔ مدل این درخواست را نپذیرفت${detail ? `: ${detail}` : '.'}`,
  upstream_failed: () =>
    'سرویس‌دهندهٔ مدل پاسخ درستی نداد. چیزی از سقف شما کم نشد؛ دوباره تلاش کنید.',
  upstream_timeout: () =>
    'سرویس‌دهندهٔ مدل به‌موقع پاسخ نداد. چیزی از سقف شما کم نشد؛ دوباره تلاش کنید یا درخواست کوتاه‌تری بفرستید.',
  upstream_unavailable: () =>
    'مدل فعلاً در دسترس نیست. چیزی از سقف شما کم نشد؛ کمی بعد دوباره تلاش کنید یا مدل دیگری انتخاب کنید.',
  video_under_way: () => 'این ویدیو هنوز در حال ساخت است. پس از پایان کار می‌توان آن را حذف کرد.',
  service_unavailable: () => 'سرویس فعلاً در دسترس نیست؛ چند ثانیهٔ دیگر دوباره تلاش کنید.',
  internal_error: () =>
    'خطایی در سمت ما رخ داد؛ اگر تکرار شد، مقدار X-Request-Id را به پشتیبانی بدهید.',
  value_not_storable: () =>
    'یکی از مقدارهای درخواست ذخیره‌شدنی نیست (تاریخی بیرون از تقویم، عددی بیش از اندازه بزرگ یا نویسه‌ای مانند NUL)؛ آن را درست کنید.',
  outcome_unknown: () =>
    'ارتباط سرویس با پایگاه داده هنگام شمارش قطع شد؛ شاید این درخواست، حداکثر یک بار، از سقف شما کم شده باشد. پیش از آنکه آن را دوباره بفرستید، مصرف خود را ببینید.',
  sign_in_failed: () => 'ایمیل یا گذرواژه درست نیست.',
  webhook_unsigned: ({ secretName }) =>
    `این گزارش امضا ندارد. در تنظیمات وب‌هوک فروشگاه، کلید مخفی را همان مقدار ${secretName} در این سرویس بگذارید.`,
  webhook_signature: ({ secretName }) =>
    `امضای این گزارش با کلید مخفی این سرویس جور نیست. کلید مخفی وب‌هوک در فروشگاه باید همان مقدار ${secretName} در این سرویس باشد.`,
  webhook_time: () =>
    'امضای این گزارش درست است، اما زمان آن با ساعت این سرویس بیش از پنج دقیقه فرق دارد. ساعت هر دو سرور را بررسی کنید.',
  webhook_off: ({ secretName }) =>
    `این فروشگاه در این سرویس راه‌اندازی نشده است: کلید مخفی وب‌هوک تنظیم نشده است. ${secretName} را تنظیم و سرویس را دوباره راه‌اندازی کنید.`,
  checkout_off: () =>
    'اینجا خرید ممکن نیست: هیچ فروشگاهی با پرداخت راه‌اندازی نشده است. در خود فروشگاه خرید کنید.',
  unauthenticated: () => 'وارد نشده‌اید؛ یک توکن معتبر در سرآیند Authorization: Bearer بفرستید.',
  forbidden: ({ role }) =>
    `این کار به نقش ${phrase('fa', role)} نیاز دارد؛ آن را از یک مالک بخواهید.`,
  session_needed: () =>
    'با توکن API نمی‌توان توکن دیگری ساخت؛ با گذرواژه وارد شوید و توکن همان نشست را بفرستید.',
  master_key_needed: () =>
    'این کار را فقط با کلید اصلی لایسنس یا پس از ورود به حساب می‌توان انجام داد؛ با کلیدهای دیگر نمی‌شود.',
  idempotency_key_invalid: () =>
    'سرآیند Idempotency-Key باید 1 تا 255 نویسهٔ چاپی ASCII داشته باشد.',
  idempotency_in_progress: () =>
    'درخواستی با همین Idempotency-Key در حال انجام است. یک ثانیه صبر کنید و دوباره بفرستید.',
  idempotency_mismatch: () =>
    'این Idempotency-Key برای درخواست دیگری به کار رفته است. برای هر درخواست تازه کلید تازه‌ای بفرستید.',
  idempotency_reply_lost: () =>
    'درخواست این Idempotency-Key از سقف شما کم شده، ولی پاسخ آن نگه داشته نشده است. برای پرسش دوباره کلید تازه‌ای بفرستید.',
  rate_limited: () =>
    'تعداد درخواست‌ها زیاد است؛ به اندازهٔ ثانیه‌های Retry-After صبر کنید و دوباره بفرستید.',
  too_many_at_once: ({ most }) =>
    `این لایسنس هم‌زمان ${most} درخواست می‌تواند داشته باشد و همین تعداد در حال انجام است؛ صبر کنید تا یکی تمام شود و دوباره بفرستید.`,
  code_not_found: () =>
    'چنین کدی وجود ندارد؛ همهٔ نویسه‌ها را مقایسه کنید یا از کسی که کد را به شما داده بپرسید.',
  code_used: () => 'این کد پیش از این استفاده شده است؛ هر کد یک بار کار می‌کند.',
  code_expired: () => 'مهلت این کد تمام شده است؛ از کسی که آن را به شما داده کد دیگری بخواهید.',
  code_product_unknown: () =>
    'محصول این کد فعلاً عرضه نمی‌شود. کد استفاده نشد؛ از کسی که آن را به شما داده بپرسید.',
  code_had_before: () =>
    'هر خریدار این را یک بار می‌گیرد و شما پیش از این گرفته‌اید. کد استفاده نشد؛ می‌توانید آن را به کس دیگری بدهید.',
  code_needs_license: () =>
    'این کد برای یک بستهٔ افزایشی است و بستهٔ افزایشی لایسنس می‌خواهد؛ کلید لایسنس را هم در سرآیند Authorization: Bearer بفرستید. کد استفاده نشد.',
  code_needs_active_license: ({ status }) =>
    `وضعیت لایسنس شما ${phrase('fa', status)} است. کد استفاده نشد؛ وقتی لایسنس دوباره فعال شد آن را به کار ببرید.`,
  code_needs_plan: ({ plan, minimumPlan }) =>
    `این کد برای بستهٔ افزایشی است که پلن ${minimumPlan.toUpperCase()} می‌خواهد و پلن شما ${plan.toUpperCase()} است. کد استفاده نشد؛ پس از گرفتن آن پلن از آن استفاده کنید.`,
  link_not_valid: () =>
    'این پیوند دیگر کار نمی‌کند: پیش از این استفاده شده یا مهلت آن تمام شده است. پیوند تازه‌ای بخواهید.',
  not_found: ({ what }) => `${phrase('fa', what)} پیدا نشد؛ آنچه را خواسته‌اید بررسی کنید.`,
  request_not_found: () =>
    'درخواستی با این شناسه نیست. شناسه همان X-Request-Id یک گفت‌وگو است. درخواست‌های انجام‌شده 13 ماه و درخواست‌های ردشده با کلید معتبر 90 روز نگه داشته می‌شوند؛ بقیه نگه داشته نمی‌شوند. همهٔ نویسه‌ها را مقایسه کنید.',
  receipt_not_found: () =>
    'برای درخواستی با این شناسه رسیدی نیست. رسید هر درخواستی که به مدل رسیده باشد 13 ماه نگه داشته می‌شود؛ درخواستی که پیش از آن رد شده هزینه‌ای نداشته و رسید ندارد. شناسه همان X-Request-Id است؛ همهٔ نویسه‌ها را مقایسه کنید.',
  export_not_found: ({ files }) => `چنین خروجی‌ای نیست. خروجی‌ها: ${files.replaceAll(', ', '، ')}.`,
  statement_not_found: ({ first, last }) =>
    `این ماه صورت‌حساب ندارد. صورت‌حساب ماه‌های ${first} تا ${last} هست؛ درخواست‌های قدیمی‌تر نگه داشته نمی‌شوند.`,
  conflict: ({ reason }) => `این کار در وضعیت کنونی ممکن نیست: ${phrase('fa', reason)}`,
  confirmation_required: ({ plan, until }) =>
    `این تاریخ پایان گذشته است و هزینهٔ پلن ${plan}${untilText(until)} پرداخت شده است؛ مشتری همین حالا آن را از دست می‌دهد. تاریخ را درست کنید یا اگر همین را می‌خواهید "confirm": true بفرستید.`,
  second_factor_required: () => 'کد عامل دوم را هم در فیلد code بفرستید.',
  paid_plan_stops: ({ plan, until }) =>
    `هزینهٔ پلن ${plan}${untilText(until)} پرداخت شده است و مشتری همین حالا آن را از دست می‌دهد.`,
  paid_time_lost: ({ plan, until, ends }) =>
    `هزینهٔ پلن ${plan}${untilText(until)} پرداخت شده است، ولی لایسنس در ${ends} تمام می‌شود.`,
  below_paid_plan: ({ plan, lower, until }) =>
    `مشتری هزینهٔ پلن ${plan}${untilText(until)} را پرداخت کرده است، ولی پلن ${lower} خواهد داشت.`,
  grants_stop: ({ provider, units }) =>
    `بسته‌های افزایشی با ${units} درخواست مصرف‌نشدهٔ ${DESCRIPTIONS[provider].quotaName} دیگر به کار نمی‌آیند.`,
  subscription_goes_on: ({ shop }) =>
    `اشتراک در فروشندهٔ ${shop} ادامه دارد و هزینهٔ آن گرفته می‌شود؛ آن را آنجا هم لغو کنید.`,
  license_ends: () => 'لایسنس همین حالا تمام می‌شود.',
  end_far_away: ({ year }) => `پایان در سال ${year} است؛ آیا سال درست است؟`,
  license_suspended: () => 'لایسنس معلق بود.',
  license_revoked: () => 'لایسنس باطل شده بود.',
  license_expired: () => 'لایسنس منقضی شده بود.',
  key_withdrawn: ({ name, at }) => `کلید «${name}» در ${at} پس گرفته شده بود.`,
  key_replaced: ({ name, at }) =>
    `${name === null ? 'کلید اصلی' : `کلید «${name}»`} عوض شده بود و کلید قبلی از ${at} دیگر کار نمی‌کند.`,
};

function untilText(until: string | null): string {
  return until === null ? ' (بدون تاریخ پایان)' : ` تا ${until}`;
}
