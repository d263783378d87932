// Notices as mail. Those of a license go to its buyer, in the buyer's language; where we do not know it, and to the
// operator, they are written in all languages.

import { LANGUAGES, type Language } from './language.js';
import {
  type Block,
  composeLetter,
  type Frame,
  type Letter,
  type Mail,
  type Receiver,
} from './letter.js';
import {
  type AllowanceDetails,
  isForOperator,
  type Notice,
  type WalletAllowance,
} from './notice.js';
import {
  allowanceAll,
  allowanceMost,
  grantWaiting,
  licenseExpiring,
  licenseSuspended,
  modelRetiring,
  type NoticeText,
  type NoticeWords,
  paymentFailed,
} from './noticeTexts.js';
import { mailFailed, purchaseFailed, shopTrouble } from './operatorTexts.js';
import { WALLET } from './provider.js';
import { walletAll, walletMost } from './walletNoticeTexts.js';

export interface NoticeMailSettings extends NoticeWords, Frame {
  /** Where buyers see their license. */
  accountUrl: string;
}

export function composeNotice(notice: Notice, to: Receiver, settings: NoticeMailSettings): Mail {
  const text = textOf(notice, settings);
  const write = (language: Language): Letter => ({
    subject: text[language].subject,
    blocks: [
      ...text[language].lines.map(line => ({ text: line })),
      ...(isForOperator(notice.kind) ? [] : [seeAccount(language, settings.accountUrl)]),
    ],
  });
  return composeLetter(write, to, settings, LANGUAGES);
}

const SEE_ACCOUNT: Record<Language, { before: string; button: string }> = {
  fa: { before: 'لایسنس و مصرف خود را در این نشانی ببینید:', button: 'دیدن لایسنس' },
  en: { before: 'See your license and its usage here:', button: 'See your license' },
  'zh-TW': { before: '請在此查看您的授權與用量：', button: '查看授權' },
};

function seeAccount(language: Language, url: string): Block {
  return { ...SEE_ACCOUNT[language], url };
}

function textOf(notice: Notice, settings: NoticeMailSettings): NoticeText {
  switch (notice.kind) {
    case 'allowance_80':
      return isOfWallet(notice.details)
        ? walletMost(notice.details)
        : allowanceMost(notice.details);
    case 'allowance_100':
      return isOfWallet(notice.details) ? walletAll(notice.details) : allowanceAll(notice.details);
    case 'license_expiring':
      return licenseExpiring(notice.details, settings);
    case 'license_suspended':
      return licenseSuspended(notice.details, settings);
    case 'grant_waiting':
      return grantWaiting(notice.details, settings);
    case 'payment_failed':
      return paymentFailed(notice.details, settings);
    case 'model_retiring':
      return modelRetiring(notice.details);
    case 'purchase_failed':
      return purchaseFailed(notice.details);
    case 'shop_trouble':
      return shopTrouble(notice.details);
    case 'mail_failed':
      return mailFailed(notice.details);
  }
}

function isOfWallet(details: AllowanceDetails): details is WalletAllowance {
  return details.provider === WALLET;
}
