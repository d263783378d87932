// Estimates when the rest will be used up, if requests go on as in the last week.

import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.js';
import { daysBack } from '../../ui/days.js';
import type { Provider } from '../../ui/providers.js';
import { type License, useHolder } from './holder.js';
import { ask } from './session.js';

const DAYS = 7;
const DAY_MS = 86_400_000;

/** Null if the rest lasts until the next month, or if nothing was used lately. */
export function useForecast(provider: Provider, license: License): string | null {
  const { key, license: chosen } = useHolder();
  const { from, to } = daysBack(DAYS);
  const { data } = useQuery({
    queryKey: ['holder', 'forecast', key !== null, chosen, from, to],
    queryFn: () =>
      ask(() =>
        api.GET('/api/license/usage', { params: { query: { from, to, group: 'provider' } } }),
      ),
  });
  const requests = data?.rows.find(row => row.key === provider)?.requests ?? 0;
  if (requests === 0) return null;
  const { remaining } = license.usage_breakdown[provider];
  const endsAt = new Date(Date.now() + (remaining / (requests / DAYS)) * DAY_MS);
  return endsAt < new Date(license.resets_at) ? endsAt.toISOString() : null;
}
