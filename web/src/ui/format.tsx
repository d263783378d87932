// Writes numbers, money and instants in the reader's language.

import { Text } from '@mantine/core';
import { pageData } from '../api/pageData.js';
import { useLanguage } from '../messages/language.js';
import { useTexts } from '../messages/useTexts.js';
import { placesOf } from './currency.js';

/** Micro-dollars in a dollar. */
export const MICROS = 1_000_000;
const TERM_UNITS: Record<string, string> = { D: 'day', W: 'week', M: 'month', Y: 'year' };

export function useFormat() {
  const { locale, code } = useLanguage();
  const { timeZone } = pageData(code);
  const dateOf = (calendar: string) =>
    new Intl.DateTimeFormat(`${locale}-u-ca-${calendar}`, { dateStyle: 'long', timeZone });
  return {
    timeZone,
    count: (value: number) => new Intl.NumberFormat(locale).format(value),
    /** Has enough digits for small sums. */
    dollars: (micros: number) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        maximumFractionDigits: 6,
      }).format(micros / MICROS),
    percent: (share: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    date: (at: string | Date) => dateOf('gregory').format(new Date(at)),
    jalaliDate: (at: string | Date) => dateOf('persian').format(new Date(at)),
    /** A day in the service's time zone, in a short form. Persian readers get the Jalali date. */
    shortDate: (at: Date) =>
      new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
        at,
      ),
    /** A day as the service names it: `2026-11-29`. */
    day: (day: string) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(
        new Date(day),
      ),
    month: (period: string) => monthIn(locale, period),
    /** What is paid for, as the catalogue says it: `P1M`, `P1Y`, `P90D`. */
    term: (term: string) => {
      const [, length = '', letter = ''] = /^P(\d+)([DWMY])$/.exec(term) ?? [];
      const unit = TERM_UNITS[letter];
      return unit === undefined
        ? term
        : new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
            Number(length),
          );
    },
    shortDay: (at: string | Date) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(at)),
    shortTime: (at: string | Date) =>
      new Intl.DateTimeFormat(locale, {
        dateStyle: 'medium',
        timeStyle: 'short',
        hourCycle: 'h23',
        timeZone,
      }).format(new Date(at)),
    /** Of the hour. */
    minute: (at: Date) =>
      Number(new Intl.DateTimeFormat('en', { minute: 'numeric', timeZone }).format(at)),
    time: (at: string | Date) =>
      new Intl.DateTimeFormat(locale, { timeStyle: 'short', hourCycle: 'h23', timeZone }).format(
        new Date(at),
      ),
  };
}

const LAST_PERSIAN_YEAR = 1_700;
/** What a Persian year is behind the Gregorian one in its first months. */
const YEARS_BEHIND = 621;

/** A month as the service names it: `2026-11`, or `1405-09` where quotas follow the Persian calendar. */
function monthIn(locale: string, period: string): string {
  const [, year = 0, month = 0] = (/^(\d{4})-(\d{2})$/.exec(period) ?? []).map(Number);
  if (year === 0) return period;
  const isPersian = year < LAST_PERSIAN_YEAR;
  const calendar = isPersian ? 'persian' : 'gregory';
  const middle = isPersian
    ? Date.UTC(year + YEARS_BEHIND, month + 2, 5)
    : Date.UTC(year, month - 1, 15);
  return new Intl.DateTimeFormat(`${locale}-u-ca-${calendar}`, {
    year: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  }).format(middle);
}

export function Count({ value }: { value: number }) {
  return <bdi>{useFormat().count(value)}</bdi>;
}

/** A cost in millionths of a US dollar. */
export function Dollars({ micros }: { micros: number }) {
  return <bdi>{useFormat().dollars(micros)}</bdi>;
}

/** An amount in the plan's unit: requests or money. */
export function Amount({ value, unit }: { value: number; unit?: string | undefined }) {
  return unit === 'microusd' ? <Dollars micros={value} /> : <Count value={value} />;
}

/** An amount in the smallest unit of its currency, such as cents. */
export function MinorMoney({ amount, currency }: { amount: number; currency: string }) {
  const t = useTexts('ui');
  const { locale } = useLanguage();
  // No browser knows the toman.
  if (currency === 'IRT') return <bdi>{t('toman', { amount })}</bdi>;
  const places = placesOf(currency);
  const form = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  return <bdi>{form.format(amount / 10 ** places)}</bdi>;
}

/**
 * An instant in the service's time zone, with the zone's name, because days and months of the quota are in that zone.
 * Persian readers get the Jalali date first, and the Gregorian one beside it.
 */
export function Instant({ at, withTime = true }: { at: string; withTime?: boolean }) {
  const { code } = useLanguage();
  const { date, jalaliDate, time, timeZone } = useFormat();
  const isPersian = code === 'fa';
  return (
    <time dateTime={at}>
      <bdi>{isPersian ? jalaliDate(at) : date(at)}</bdi>
      {withTime && (
        <>
          {' '}
          <bdi>{time(at)}</bdi>{' '}
          <Text span size="xs" c="dimmed" className="ltr">
            {timeZone}
          </Text>
        </>
      )}
      {isPersian && (
        <>
          {' '}
          <Text span size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            (<bdi>{date(at)}</bdi>)
          </Text>
        </>
      )}
    </time>
  );
}

/** An instant in a narrow cell. The rest of what `Instant` says is told where the pointer rests. */
export function ShortInstant({ at, withTime = true }: { at: string; withTime?: boolean }) {
  const { code } = useLanguage();
  const { date, jalaliDate, shortDay, shortTime, time, timeZone } = useFormat();
  const [first, other] = code === 'fa' ? [jalaliDate(at), ` (${date(at)})`] : [date(at), ''];
  return (
    <time
      dateTime={at}
      title={`${first} ${time(at)} ${timeZone}${other}`}
      style={{ whiteSpace: 'nowrap' }}
    >
      {withTime ? shortTime(at) : shortDay(at)}
    </time>
  );
}

/** A day as the service names it, `2026-11-29`, in the reader's form. */
export function Day({ day }: { day: string }) {
  return (
    <time dateTime={day}>
      <bdi>{useFormat().day(day)}</bdi>
    </time>
  );
}
