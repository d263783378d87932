// The license in use, by a key in memory or by the signed-in account, and its balance.

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { answerOf, api } from '../../api/client.js';
import { setBearer, useBearer, useChosenLicense } from '../../api/credentials.js';
import { useLanguage } from '../../messages/language.js';
import { breakdownOf } from './ask.js';
import { type Breakdown, isBehind } from './counters.js';
import { type Model, readModels } from './model.js';

/** An incomplete key is not sent, because it would be refused. */
const WHOLE_KEY = /^sahm_live_[0-9A-Za-z]{36}$/;

export interface License {
  plan: string;
  status: string;
  resetsAt: string;
  unit: string;
  breakdown: Breakdown;
}

export type Holder = ReturnType<typeof useHolder>;

export function useHolder() {
  const { code } = useLanguage();
  const key = useBearer('holder');
  const chosen = useChosenLicense();
  const revision = useRevision(key);
  // Always read again, because another page may have signed in or out.
  const account = useQuery({
    queryKey: ['playground', 'account'],
    queryFn: readAccount,
    staleTime: 0,
  });
  const isSignedIn = key === null && (account.data?.licenses.length ?? 0) > 0;
  const canAsk = key === null ? isSignedIn : WHOLE_KEY.test(key);
  // The key is not in the query's name, so that it stays in one place.
  const who = [key === null ? 'session' : 'key', revision, chosen, code];
  const license = useQuery({
    queryKey: ['playground', 'license', ...who],
    queryFn: readLicense,
    enabled: canAsk,
    retry: false,
  });
  // What is suspended is refused the list too. Then the reader sees what everybody sees.
  const isUsable = license.data?.status === 'active';
  const models = useQuery({
    queryKey: ['playground', 'models', ...(isUsable ? who : ['anybody', code])],
    queryFn: readAllModels,
    placeholderData: (before: Model[] | undefined) => before,
    // Without this condition the models would be read twice.
    enabled: !canAsk || isUsable || license.isError,
  });
  const client = useQueryClient();
  const name = JSON.stringify(['playground', 'license', ...who]);
  const count = useCallback(
    (breakdown: Breakdown) => moveMeters(client, JSON.parse(name), breakdown),
    [client, name],
  );
  return {
    key,
    isWholeKey: key !== null && WHOLE_KEY.test(key),
    setKey: (text: string) => setBearer('holder', text.trim() === '' ? null : text.trim()),
    account: account.data,
    isSignedIn,
    canAsk: key !== null || isSignedIn,
    license: canAsk ? license : { ...license, data: undefined, error: null },
    models,
    count,
  };
}

/** Counts the changes of the key. */
function useRevision(key: string | null): number {
  const seen = useRef({ key, revision: 0 });
  if (seen.current.key !== key) seen.current = { key, revision: seen.current.revision + 1 };
  return seen.current.revision;
}

function readAccount() {
  return answerOf(api.GET('/api/account'));
}

async function readLicense(): Promise<License> {
  const { plan, status, resets_at, usage, usage_breakdown } = await answerOf(
    api.GET('/api/license'),
  );
  const unit = 'unit' in usage ? String(usage.unit) : 'request';
  return { plan, status, resetsAt: resets_at, unit, breakdown: breakdownOf(usage_breakdown) ?? {} };
}

async function readAllModels(): Promise<Model[]> {
  const { data } = await answerOf(api.GET('/v1/models'));
  return readModels(data);
}

function moveMeters(client: QueryClient, name: unknown[], breakdown: Breakdown): void {
  const license = client.getQueryData<License>(name);
  if (!license) return;
  if (isBehind(breakdown, license.breakdown)) {
    client.invalidateQueries({ queryKey: name });
    return;
  }
  client.setQueryData<License>(name, {
    ...license,
    breakdown: { ...license.breakdown, ...breakdown },
  });
}
