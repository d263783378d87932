// The queries of the account's page, for a key in memory or a signed-in buyer.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.js';
import { chooseLicense, setBearer, useBearer, useChosenLicense } from '../../api/credentials.js';
import { forgetTabState } from '../../ui/tabState.js';
import { type Account, ask, forgetBuyer, readAccount } from './session.js';

/** Begins the names of all queries that depend on the reader, so that one call can refresh all of them. */
const HOLDER = 'holder';

function readLicense() {
  return ask(() => api.GET('/api/license'));
}
function readUsage(from: string, to: string, group: UsageGroup) {
  return ask(() => api.GET('/api/license/usage', { params: { query: { from, to, group } } }));
}

export type UsageGroup = 'day' | 'model' | 'provider' | 'key';
export type { Account };
export type License = Awaited<ReturnType<typeof readLicense>>;
export type Grant = License['grants'][number];
export type UsageRow = Awaited<ReturnType<typeof readUsage>>['rows'][number];

export interface Holder {
  /** The key that the page was opened with; null for a buyer who signed in. */
  key: string | null;
  /** The chosen license; null for the oldest usable one of the account. */
  license: string | null;
}

export function useHolder(): Holder {
  return { key: useBearer('holder'), license: useChosenLicense() };
}

export function useAccount() {
  return useQuery({
    queryKey: [HOLDER, 'account'],
    queryFn: readAccount,
    // The reader may have followed a mailed link in another tab.
    refetchOnWindowFocus: 'always',
  });
}

export function useLicense() {
  const { key, license } = useHolder();
  return useQuery({ queryKey: [HOLDER, 'license', key !== null, license], queryFn: readLicense });
}

export function useUsage(from: string, to: string, group: UsageGroup) {
  const { key, license } = useHolder();
  return useQuery({
    queryKey: [HOLDER, 'usage', key !== null, license, from, to, group],
    queryFn: () => readUsage(from, to, group),
  });
}

/** Reads everything again after a change of the license. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [HOLDER] });
}

export function useEndSession(): () => Promise<void> {
  const leave = useLeave();
  return async () => {
    // The key is forgotten at once, also if the service is away.
    setBearer('holder', null);
    forgetTabState();
    await answerOf(api.DELETE('/api/sign-in'));
    leave();
  };
}

/** Shows the page as to somebody who is not signed in. */
export function useLeave(): () => void {
  const queries = useQueryClient();
  return () => {
    forgetTabState();
    forgetBuyer();
    queries.setQueryData([HOLDER, 'account'], { email: null, licenses: [] });
    queries.removeQueries({
      queryKey: [HOLDER],
      predicate: ({ queryKey }) => queryKey[1] !== 'account',
    });
    // Done last. Earlier, the page would change to another license and ask for its numbers, although nobody is signed
    // in.
    chooseLicense(null);
  };
}
