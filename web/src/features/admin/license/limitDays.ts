// When a license's own limits end. Each has its own end, but a change gives all limits that it names the same one.

type LimitField = 'openrouter' | 'openai' | 'wallet';

/** The last day of each limit that is set; empty where it does not end. */
export type LimitDays = Partial<Record<LimitField, string>>;

/** The one last day of all; null where they end on different days. */
export function commonDay(days: LimitDays): string | null {
  const [first = '', ...others] = Object.values(days);
  return others.every(day => day === first) ? first : null;
}

/**
 * The last day of limits that change: the entered one, or else what they have; null where that differs, so that a day
 * must be entered.
 */
export function dayOfChange(changing: LimitField[], days: LimitDays, entered: string) {
  if (entered !== '' || commonDay(days) !== null) return entered;
  return commonDay(Object.fromEntries(changing.map(field => [field, days[field] ?? ''])));
}
