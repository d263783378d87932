// The months that quotas are counted in: how each calendar divides the days, and how months of one follow those
// of another. When a day begins in a zone is the database's to say.

export const CALENDARS = ['gregorian', 'persian'] as const;
export type Calendar = (typeof CALENDARS)[number];

/** A month of a calendar, by its first day and the day after its last: `2026-11-22`, of the Gregorian calendar. */
export interface CalendarMonth {
  /** `2026-11`, or of the Persian calendar `1405-09`. */
  label: string;
  firstDay: string;
  nextDay: string;
}

/** A month as it is counted. */
export interface QuotaMonth {
  label: string;
  startsAt: Date;
  endsAt: Date;
}

const DAY_MS = 86_400_000;
/** What is earlier is in the first month, and what is later in the last. Later releases may go on. */
const [FIRST_YEAR, LAST_YEAR] = [2011, 2075];

/** All months of a calendar that have a day between the years 2011 and 2075. */
export function monthsOf(calendar: Calendar): CalendarMonth[] {
  return calendar === 'persian' ? persianMonths() : gregorianMonths();
}

function gregorianMonths(): CalendarMonth[] {
  const months: CalendarMonth[] = [];
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    for (let month = 0; month < 12; month++) {
      const firstDay = dayOf(Date.UTC(year, month, 1));
      const nextDay = dayOf(Date.UTC(year, month + 1, 1));
      months.push({ label: firstDay.slice(0, 7), firstDay, nextDay });
    }
  }
  return months;
}

/** Goes from first day to first day: a month has 29 to 31 days. */
function persianMonths(): CalendarMonth[] {
  const format = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
    timeZone: 'UTC',
    year: 'numeric',
    month: '2-digit',
    day: 'numeric',
  });
  const persian = (day: number) => {
    const parts = format.formatToParts(day);
    const part = (type: string) => parts.find(each => each.type === type)?.value ?? '';
    return { label: `${part('year')}-${part('month')}`, isFirst: part('day') === '1' };
  };
  const nextFirst = (after: number) => {
    let day = after;
    while (!persian(day).isFirst) day += DAY_MS;
    return day;
  };
  const months: CalendarMonth[] = [];
  const end = Date.UTC(LAST_YEAR + 1, 0, 1);
  for (let first = nextFirst(Date.UTC(FIRST_YEAR - 1, 11, 1)); first < end; ) {
    const next = nextFirst(first + 29 * DAY_MS);
    months.push({ label: persian(first).label, firstDay: dayOf(first), nextDay: dayOf(next) });
    first = next;
  }
  return months;
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/**
 * The months from an instant on, at which a month of whatever calendar ends. The first of them begins there,
 * early or late: it is the month of which at least half is left, so it is between half as long and one and a half
 * times as long as usual. A label that was used before is not used again.
 */
export function monthsFrom(
  instant: Date,
  months: QuotaMonth[],
  used: ReadonlySet<string>,
): QuotaMonth[] {
  const isLeft = ({ label, startsAt, endsAt }: QuotaMonth) =>
    +endsAt - +instant >= (+endsAt - +startsAt) / 2 && !used.has(label);
  const [first, ...rest] = months.slice(months.findIndex(isLeft));
  return first && isLeft(first) ? [{ ...first, startsAt: instant }, ...rest] : [];
}
