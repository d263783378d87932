// Numbers, dates and months as a person writes them in each language: in its digits, and for Persian readers in
// the calendar of Iran.

import { type Language, perLanguage } from './language.js';
import { DESCRIPTIONS, type QuotaKey, WALLET } from './provider.js';

const LOCALES: Record<Language, string> = { fa: 'fa-IR', en: 'en-GB', 'zh-TW': 'zh-TW' };
const CALENDARS: Record<Language, string> = {
  fa: 'persian',
  en: 'gregory',
  'zh-TW': 'gregory',
};
/** Jalali months, by which `1405-01` is named; the seller's periods may be of either calendar. */
const JALALI_MONTHS: Record<Exclude<Language, 'zh-TW'>, string[]> = {
  fa: 'فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند'.split(' '),
  en: 'Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand'.split(
    ' ',
  ),
};
/** A year below is one of the Jalali calendar. */
const FIRST_GREGORIAN_YEAR = 1700;

/** `1,000`, in Persian `۱٬۰۰۰`. */
export function numberInWords(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language]).format(value);
}

/** Micro-dollars as dollars: `$0.25`, `$1.000205`. */
export function dollarsInWords(microdollars: number, language: Language): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
  const format = { style: 'currency', currency: 'USD', ...digits } as const;
  return new Intl.NumberFormat(language, format).format(microdollars / 1_000_000);
}

const REQUESTS: Record<Language, (count: string, name: string) => string> = {
  fa: (count, name) => `${count} درخواست ${name}`,
  en: (count, name) => `${count} ${name} ${count === '1' ? 'request' : 'requests'}`,
  'zh-TW': (count, name) => `${count} 次 ${name} 請求`,
};

/** Units of a quota: `50 OpenRouter requests`, `1 OpenAI request`; of a wallet `$0.25`. */
export function amountInWords(units: number, provider: QuotaKey, language: Language): string {
  if (provider === WALLET) return dollarsInWords(units, language);
  return REQUESTS[language](numberInWords(units, language), DESCRIPTIONS[provider].name);
}

/** What is said of an allowance, as each language writes it. */
export function allowanceInWords(
  { period, used, limit }: { period: string; used: number; limit: number },
  unitsInWords: (units: number, language: Language) => string,
): Record<Language, { period: string; used: string; limit: string }> {
  return perLanguage(language => ({
    period: periodInWords(period, language),
    used: unitsInWords(used, language),
    limit: unitsInWords(limit, language),
  }));
}

/** The digits of a text in those of the language: `80 %` and the numbers of orders. */
export function digitsOf(text: string, language: Language): string {
  if (language !== 'fa') return text;
  return text.replace(/\d/g, digit => String.fromCodePoint(0x06f0 + Number(digit)));
}

/** `29 December 2026 at 10:00 (UTC)`, `۸ دی ۱۴۰۵ ساعت ۱۰:۰۰ (زمان هماهنگ جهانی)`. */
export function instantInWords(at: Date, language: Language, timeZone: string): string {
  const day = dayInWords(at, language, timeZone);
  const time = formatted(at, language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });
  const zone = zoneOf(at, language, timeZone);
  return INSTANTS[language](day, time, zone);
}

const INSTANTS: Record<Language, (day: string, time: string, zone: string) => string> = {
  fa: (day, time, zone) => `${day} ساعت ${time} (${zone})`,
  en: (day, time, zone) => `${day} at ${time} (${zone})`,
  'zh-TW': (day, time, zone) => `${day} ${time}（${zone}）`,
};

/** `29 December 2026`, `۸ دی ۱۴۰۵`, `2026年12月29日`. */
export function dayInWords(at: Date, language: Language, timeZone: string): string {
  return formatted(at, language, { year: 'numeric', month: 'long', day: 'numeric', timeZone });
}

/** A period, `2026-11` or `1405-01`: `November 2026`, `نوامبر ۲۰۲۶`, `2026年11月`. */
export function periodInWords(period: string, language: Language): string {
  const [year = 0, month = 0] = period.split('-').map(Number);
  if (language === 'zh-TW') return `${year}年${month}月`;
  const name =
    year < FIRST_GREGORIAN_YEAR
      ? JALALI_MONTHS[language][month - 1]
      : new Intl.DateTimeFormat(`${LOCALES[language]}-u-ca-gregory`, {
          month: 'long',
          timeZone: 'UTC',
        }).format(Date.UTC(year, month - 1, 15));
  return digitsOf(`${name} ${year}`, language);
}

function zoneOf(at: Date, language: Language, timeZone: string): string {
  const timeZoneName = language === 'en' ? 'short' : 'long';
  const parts = formatterOf(language, { timeZone, timeZoneName }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

function formatted(at: Date, language: Language, options: Intl.DateTimeFormatOptions): string {
  return formatterOf(language, options).format(at);
}

function formatterOf(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(`${LOCALES[language]}-u-ca-${CALENDARS[language]}`, options);
}
