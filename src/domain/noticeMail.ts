// Notices as mail, in Persian, English and Traditional Chinese, because we do not know which one is read: those
// of a license to its holder, and what failed to the operator.

import { LANGUAGES, type LocalizedText } from './language.js';
import type { Mail } from './mail.js';
import type { AllowanceDetails, Notice, NoticeDetails } from './notice.js';
import { DESCRIPTIONS } from './provider.js';

interface Text {
  subject: string;
  lines: LocalizedText;
}

export function composeNotice(notice: Notice, to: string): Mail {
  const { subject, lines } = textOf(notice);
  const text = `${LANGUAGES.map(language => lines[language]).join('\n\n')}\n`;
  return { to, subject, text };
}

function textOf(notice: Notice): Text {
  switch (notice.kind) {
    case 'allowance_80':
      return allowanceMost(notice.details);
    case 'allowance_100':
      return allowanceAll(notice.details);
    case 'license_expiring':
      return licenseExpiring(notice.details);
    case 'license_suspended':
      return licenseSuspended(notice.details);
    case 'grant_waiting':
      return grantWaiting(notice.details);
    case 'purchase_failed':
      return purchaseFailed(notice.details);
    case 'shop_trouble':
      return shopTrouble(notice.details);
    case 'mail_failed':
      return mailFailed(notice.details);
  }
}

function allowanceMost({ provider, period, used, limit }: AllowanceDetails): Text {
  const { name } = DESCRIPTIONS[provider];
  return {
    subject: 'بیش از ۸۰٪ سهم شما مصرف شده است / More than 80 % of your allowance is used',
    lines: {
      fa: `تا اکنون ${used} درخواست از ${limit} درخواست ${name} در دوره ${period} مصرف شده است. برای ادامه پس از پایان سهم، می‌توانید افزونه بخرید.`,
      en: `${used} of ${limit} ${name} requests of the period ${period} are used. To go on after the last one you can buy an add-on.`,
      'zh-TW': `${period} 期間的 ${name} 請求已使用 ${used} / ${limit} 次。如需在用完後繼續使用，可購買加購方案。`,
    },
  };
}

function allowanceAll({ provider, period, used, limit }: AllowanceDetails): Text {
  const { name } = DESCRIPTIONS[provider];
  return {
    subject: 'سهم شما تمام شده است / Your allowance is used up',
    lines: {
      fa: `همه درخواست‌های ${name} در دوره ${period} مصرف شده است (${used} از ${limit}). درخواست‌های تازه تا آغاز دوره بعد یا خرید افزونه پذیرفته نمی‌شوند.`,
      en: `All ${name} requests of the period ${period} are used (${used} of ${limit}). New ones are refused until the next period begins or an add-on is bought.`,
      'zh-TW': `${period} 期間的 ${name} 請求已全部用完（${used} / ${limit}）。在下一期開始或購買加購方案之前，新的請求將被拒絕。`,
    },
  };
}

function licenseExpiring({ plan, expires_at }: NoticeDetails['license_expiring']): Text {
  const name = plan.toUpperCase();
  const instant = `${expires_at.slice(0, 16).replace('T', ' ')} UTC`;
  return {
    subject: 'لایسنس شما رو به پایان است / Your license ends soon',
    lines: {
      fa: `اگر تمدید نشود، لایسنس ${name} شما در ${instant} پایان می‌یابد.`,
      en: `Unless it is renewed, your ${name} license ends at ${instant}.`,
      'zh-TW': `若未續訂，您的 ${name} 授權將於 ${instant} 到期。`,
    },
  };
}

function licenseSuspended({ plan }: NoticeDetails['license_suspended']): Text {
  const name = plan.toUpperCase();
  return {
    subject: 'لایسنس شما معلق شد / Your license is suspended',
    lines: {
      fa: `لایسنس ${name} شما معلق شده است و درخواست‌های آن پذیرفته نمی‌شوند. برای آگاهی از دلیل با فروشنده تماس بگیرید.`,
      en: `Your ${name} license is suspended, and its requests are refused. Ask the shop for the reason.`,
      'zh-TW': `您的 ${name} 授權已被停用，其請求將被拒絕。請向商家詢問原因。`,
    },
  };
}

function grantWaiting(details: NoticeDetails['grant_waiting']): Text {
  const { plan, provider, units, minimum_plan } = details;
  const { name } = DESCRIPTIONS[provider];
  const [own, needed] = [plan.toUpperCase(), minimum_plan.toUpperCase()];
  return {
    subject: 'افزونه شما در انتظار است / Your add-on is waiting',
    lines: {
      fa: `افزونه ${units} درخواست ${name} شما به پلن ${needed} نیاز دارد و پلن شما ${own} است. افزونه نگه داشته می‌شود و با پلن ${needed} فعال خواهد شد.`,
      en: `Your add-on of ${units} ${name} requests needs the plan ${needed}, and yours is ${own}. It is kept, and counts as soon as you have that plan.`,
      'zh-TW': `您的 ${units} 次 ${name} 請求加購需要 ${needed} 方案，而您目前的方案是 ${own}。加購會予以保留，升級至該方案後即可使用。`,
    },
  };
}

function purchaseFailed(details: NoticeDetails['purchase_failed']): Text {
  const { event, shop, order, reason } = details;
  const which = order === null ? shop : `${shop} ${order}`;
  return {
    subject: `خریدی نیاز به رسیدگی دارد / A purchase needs a person: ${which}`,
    lines: {
      fa: `خرید ${which} انجام نشد و به رسیدگی شما نیاز دارد. رویداد ${event}: ${reason}`,
      en: `The purchase ${which} could not be applied, and needs you. Event ${event} of the inbox: ${reason}`,
      'zh-TW': `購買 ${which} 無法套用，需要您處理。事件 ${event}：${reason}`,
    },
  };
}

function shopTrouble({ shop, trouble, says }: NoticeDetails['shop_trouble']): Text {
  const [fa, en, zh] =
    trouble === 'silent'
      ? [
          'مدتی است خبری نداده است',
          'has been silent for longer than it ever was',
          '已久未傳來任何通知',
        ]
      : [
          'وب‌هوک‌هایش درست تنظیم نیست',
          'has webhooks that do not report to us',
          '的 Webhook 設定不正確',
        ];
  return {
    subject: `فروشگاه را بررسی کنید / Look at the shop: ${shop}`,
    lines: {
      fa: `فروشگاه ${shop} ${fa}: ${says}`,
      en: `The shop ${shop} ${en}: ${says}`,
      'zh-TW': `商店 ${shop} ${zh}：${says}`,
    },
  };
}

function mailFailed(details: NoticeDetails['mail_failed']): Text {
  const { mail, email: to, reason, is_given_up: isGivenUp } = details;
  const next = isGivenUp
    ? { fa: 'دیگر تلاش نمی‌شود.', en: 'It is not tried again.', 'zh-TW': '不會再嘗試。' }
    : { fa: 'دوباره تلاش می‌شود.', en: 'It is tried again.', 'zh-TW': '將會再次嘗試。' };
  return {
    subject: `پیامی به خریدار نرسید / A message to a buyer could not be sent: ${to}`,
    lines: {
      fa: `پیام ${mail} به ${to} فرستاده نشد: ${reason}. ${next.fa}`,
      en: `The message ${mail} to ${to} could not be sent: ${reason}. ${next.en}`,
      'zh-TW': `給 ${to} 的訊息 ${mail} 無法送出：${reason}。${next['zh-TW']}`,
    },
  };
}
