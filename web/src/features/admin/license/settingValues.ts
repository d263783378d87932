// What a license's settings are as the fields of a form, and the change that edited fields mean.

import { MICROS } from '../../../ui/format.js';
import { PROVIDERS, perProvider } from '../../../ui/providers.js';
import type { LicensePage } from '../ask.js';
import { lastDayBefore } from '../reports.js';
import { commonDay, dayOfChange, type LimitDays } from './limitDays.js';

export const FIELDS = [
  'plan',
  'planUntil',
  'expires',
  'email',
  'note',
  ...PROVIDERS,
  'wallet',
  'limitsUntil',
  'rateLimit',
  'concurrency',
] as const;
export type Field = (typeof FIELDS)[number];
export type Values = Record<Field, string>;

export function valuesOf(view: LicensePage): Values {
  const { license, limits, rate_limit, concurrency } = view;
  return {
    plan: license.plan,
    planUntil: dayOf(license.plan_until),
    expires: dayOf(license.expires_at),
    limitsUntil: commonDay(limitDaysOf(view)) ?? '',
    email: license.email,
    note: license.note,
    ...perProvider(provider => (limits[provider] === null ? '' : String(limits[provider]))),
    wallet: limits.all == null ? '' : String(limits.all / MICROS),
    rateLimit: rate_limit === null ? '' : String(rate_limit),
    concurrency: concurrency === null ? '' : String(concurrency),
  };
}

export function limitDaysOf({ limits, limits_until: ends }: LicensePage): LimitDays {
  return {
    ...(limits.openrouter !== null && { openrouter: dayOf(ends.openrouter) }),
    ...(limits.openai !== null && { openai: dayOf(ends.openai) }),
    ...(limits.all != null && { wallet: dayOf(ends.all) }),
  };
}

function dayOf(end: string | null | undefined): string {
  return end ? lastDayBefore(end) : '';
}

/** Of the limits that these edits set; null where it must be entered. */
export function limitsEnd(changed: Field[], after: Values, days: LimitDays): string | null {
  const set = (['openrouter', 'openai', 'wallet'] as const).filter(
    field => changed.includes(field) && after[field] !== '',
  );
  return dayOfChange(set, days, after.limitsUntil);
}

export function bodyOf(changed: Field[], after: Values, days: LimitDays) {
  const has = (field: Field) => changed.includes(field);
  /** With another end, all limits are told again. */
  const isTold = (field: Field) => has(field) || (has('limitsUntil') && after[field] !== '');
  const dollars = numberOrNull(after.wallet);
  const units = {
    ...Object.fromEntries(
      PROVIDERS.filter(isTold).map(provider => [provider, numberOrNull(after[provider])]),
    ),
    ...(isTold('wallet') && { all: dollars === null ? null : Math.round(dollars * MICROS) }),
  };
  const end = limitsEnd(changed, after, days) ?? '';
  const hasEnd = end !== '' && Object.values(units).some(each => each !== null);
  const limits = { ...units, ...((hasEnd || has('limitsUntil')) && endOf(end)) };
  return {
    ...(has('plan') && { plan: after.plan }),
    ...planEndIn(has, after),
    ...(has('expires') && { expires_at: after.expires || null }),
    ...(has('email') && { email: after.email.trim() }),
    ...(has('note') && { note: after.note }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(has('rateLimit') && { rate_limit: numberOrNull(after.rateLimit) }),
    ...(has('concurrency') && { concurrency: numberOrNull(after.concurrency) }),
  };
}

function numberOrNull(value: string): number | null {
  return value === '' ? null : Number(value);
}

function endOf(day: string): { until?: string } {
  return day === '' ? {} : { until: day };
}

/** A plan without an end is the license's own. An end that was removed ends the plan for a time now. */
function planEndIn(has: (field: Field) => boolean, { planUntil }: Values) {
  if (has('plan')) return planUntil === '' ? {} : { plan_until: planUntil };
  return has('planUntil') ? { plan_until: planUntil || null } : {};
}
