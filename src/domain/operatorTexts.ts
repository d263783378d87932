// What the notices of what failed say to the operator. Ids, addresses and what others said stay as they are.

import { sayInboxReason } from './inboxReasons.js';
import type { NoticeDetails } from './notice.js';
import type { NoticeText } from './noticeTexts.js';

export function purchaseFailed(details: NoticeDetails['purchase_failed']): NoticeText {
  const { event, shop, order, reason } = details;
  const which = order === null ? shop : `${shop} ${order}`;
  return {
    fa: {
      subject: `یک خرید به رسیدگی نیاز دارد: ${which}`,
      lines: [
        `خرید ${which} اعمال نشد و به رسیدگی شما نیاز دارد.`,
        `رویداد ${event}: ${sayInboxReason('fa', reason)}`,
      ],
    },
    en: {
      subject: `A purchase needs your decision: ${which}`,
      lines: [
        `The purchase ${which} could not be applied. Decide what is to become of it.`,
        `Event ${event} of the inbox: ${reason}`,
      ],
    },
    'zh-TW': {
      subject: `有一筆購買需要處理：${which}`,
      lines: [
        `購買 ${which} 無法套用，需要您處理。`,
        `事件 ${event}：${sayInboxReason('zh-TW', reason)}`,
      ],
    },
  };
}

export function shopTrouble({ shop, trouble, says }: NoticeDetails['shop_trouble']): NoticeText {
  const [fa, en, zh] =
    trouble === 'silent'
      ? [
          'مدتی است خبری نداده است',
          'has been silent for longer than ever before',
          '已有一段時間沒有傳來任何通知',
        ]
      : [
          'گزارش‌هایش را درست به ما نمی‌فرستد',
          'has webhooks that do not report to us',
          '的通知設定不正確',
        ];
  return {
    fa: { subject: `فروشگاه را بررسی کنید: ${shop}`, lines: [`فروشگاه ${shop} ${fa}: ${says}`] },
    en: { subject: `Check the shop: ${shop}`, lines: [`The shop ${shop} ${en}: ${says}`] },
    'zh-TW': { subject: `請檢查商店：${shop}`, lines: [`商店 ${shop} ${zh}：${says}`] },
  };
}

export function mailFailed(details: NoticeDetails['mail_failed']): NoticeText {
  const { mail, email: to, reason, is_given_up: isGivenUp } = details;
  const next = isGivenUp
    ? { fa: 'دیگر تلاش نمی‌شود.', en: 'It is not tried again.', 'zh-TW': '不會再嘗試。' }
    : { fa: 'دوباره تلاش می‌شود.', en: 'It is tried again.', 'zh-TW': '將會再次嘗試。' };
  return {
    fa: {
      subject: `پیامی به خریدار نرسید: ${to}`,
      lines: [`پیام ${mail} به ${to} فرستاده نشد: ${reason}. ${next.fa}`],
    },
    en: {
      subject: `A message to a buyer could not be sent: ${to}`,
      lines: [`The message ${mail} to ${to} could not be sent: ${reason}. ${next.en}`],
    },
    'zh-TW': {
      subject: `有一封訊息無法送達買家：${to}`,
      lines: [`給 ${to} 的訊息 ${mail} 無法送出：${reason}。${next['zh-TW']}`],
    },
  };
}
