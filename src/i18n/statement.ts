// The words of a printed statement.

import type { Language } from '../domain/language.js';

export interface StatementTexts {
  title: string;
  issuer: string;
  license: string;
  month: string;
  from: string;
  until: string;
  asOf: string;
  isRunning: string;
  opening: string;
  closing: string;
  charged: string;
  byModel: string;
  model: string;
  provider: string;
  requests: string;
  tokensIn: string;
  tokensOut: string;
  amount: string;
  total: string;
  nothing: string;
  lines: string;
  at: string;
  what: string;
  change: string;
  left: string;
  /** For units that are requests. */
  requestsOf(count: string): string;
  howToCheck: string;
}

export const STATEMENT_TEXTS: Record<Language, StatementTexts> = {
  fa: {
    title: 'صورت‌حساب ماهانه',
    issuer: 'صادرکننده',
    license: 'لایسنس',
    month: 'ماه',
    from: 'از',
    until: 'تا',
    asOf: 'تهیه‌شده در',
    isRunning: 'این ماه هنوز تمام نشده است و این رقم‌ها هنوز تغییر می‌کنند.',
    opening: 'در آغاز ماه',
    closing: 'باقی‌مانده',
    charged: 'کم‌شده از سقف',
    byModel: 'مصرف به تفکیک مدل',
    model: 'مدل',
    provider: 'سرویس‌دهندهٔ مدل',
    requests: 'درخواست‌ها',
    tokensIn: 'توکن ورودی',
    tokensOut: 'توکن خروجی',
    amount: 'کم‌شده از سقف',
    total: 'جمع',
    nothing: 'در این ماه چیزی کم نشده است.',
    lines: 'آنچه باقی‌مانده را تغییر داده است',
    at: 'زمان',
    what: 'شرح',
    change: 'تغییر',
    left: 'باقی‌مانده',
    requestsOf: count => `${count} درخواست`,
    howToCheck:
      'همین صورت‌حساب به صورت JSON امضا دارد؛ دستور sahm receipt verify آن را بدون اینترنت و فقط با کلید عمومی بررسی می‌کند.',
  },
  en: {
    title: 'Monthly statement',
    issuer: 'Issued by',
    license: 'License',
    month: 'Month',
    from: 'From',
    until: 'Until',
    asOf: 'Made at',
    isRunning: 'This month is not over yet: these figures still change.',
    opening: 'At the beginning of the month',
    closing: 'Left',
    charged: 'Charged',
    byModel: 'Usage by model',
    model: 'Model',
    provider: 'The model’s provider',
    requests: 'Requests',
    tokensIn: 'Tokens in',
    tokensOut: 'Tokens out',
    amount: 'Charged',
    total: 'Total',
    nothing: 'Nothing was charged this month.',
    lines: 'What changed what was left',
    at: 'When',
    what: 'What',
    change: 'Change',
    left: 'Left then',
    requestsOf: count => (count === '1' ? '1 request' : `${count} requests`),
    howToCheck:
      'The same statement as JSON is signed: sahm receipt verify checks it without a network, with the public key only.',
  },
  'zh-TW': {
    title: '月結單',
    issuer: '開立者',
    license: '授權',
    month: '月份',
    from: '起',
    until: '迄',
    asOf: '製作時間',
    isRunning: '本月尚未結束，以下數字仍會變動。',
    opening: '月初',
    closing: '剩餘',
    charged: '已扣除',
    byModel: '各模型用量',
    model: '模型',
    provider: '模型供應商',
    requests: '請求',
    tokensIn: '輸入詞元',
    tokensOut: '輸出詞元',
    amount: '已扣除',
    total: '合計',
    nothing: '本月沒有扣除任何額度。',
    lines: '剩餘額度的變動',
    at: '時間',
    what: '項目',
    change: '變動',
    left: '當時剩餘',
    requestsOf: count => `${count} 次請求`,
    howToCheck:
      '同一份月結單的 JSON 檔附有簽章：sahm receipt verify 只需公開金鑰，不需連線即可驗證。',
  },
};
