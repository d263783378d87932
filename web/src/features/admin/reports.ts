// The reports of the overview, and their days.

import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.js';
import { pageData } from '../../api/pageData.js';
import { ADMIN, ask } from './ask.js';

const DAY_MS = 86_400_000;

/** Today in the time zone of the quotas. */
export function today(): string {
  return dayBefore(0);
}

/** `2026-11-29` */
export function dayBefore(days: number): string {
  return dayOf(Date.now() - days * DAY_MS);
}

/** The last whole day before an instant. */
export function lastDayBefore(end: string): string {
  return dayOf(Date.parse(end) - 1);
}

function dayOf(ms: number): string {
  const { timeZone } = pageData(document.documentElement.lang);
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms);
}

export type UsageGroup = 'day' | 'model' | 'provider' | 'license';

function readUsage(from: string, to: string, group: UsageGroup) {
  const params = { query: { from, to, group } };
  return ask(() => api.GET('/admin/api/usage', { params }));
}
export type UsageRow = Awaited<ReturnType<typeof readUsage>>['rows'][number];

export function useUsage(from: string, to: string, group: UsageGroup) {
  return useQuery({
    queryKey: [ADMIN, 'usage', from, to, group],
    queryFn: () => readUsage(from, to, group),
  });
}

export function useRefusals(from: string, to: string) {
  return useQuery({
    queryKey: [ADMIN, 'refusals', from, to],
    queryFn: () =>
      ask(() => api.GET('/admin/api/usage/refusals', { params: { query: { from, to } } })),
  });
}

export function useSales(from: string, to: string) {
  return useQuery({
    queryKey: [ADMIN, 'sales', from, to],
    queryFn: () =>
      ask(() =>
        api.GET('/admin/api/usage/sales', { params: { query: { from, to, group: 'month' } } }),
      ),
  });
}
