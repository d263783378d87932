// The reports of the overview.

import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.js';
import { dayOf } from '../../ui/days.js';
import { ADMIN, ask } from './ask.js';

/** The last whole day of what ends at an instant. */
export function lastDayBefore(end: string): string {
  return dayOf(Date.parse(end) - 1);
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
