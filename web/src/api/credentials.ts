// Who is asking. A key and an administrator's token are kept in memory only: a reload forgets them. A buyer
// who signed in by a mailed link is known by a cookie that no script can read.

import { useSyncExternalStore } from 'react';

export type Realm = 'holder' | 'administrator';

const bearers: Record<Realm, string | null> = { holder: null, administrator: null };
/** Which of a signed-in buyer's licenses is looked at; null for the oldest that runs. */
let license: string | null = null;
const listeners = new Set<() => void>();

/** Null forgets it. */
export function setBearer(realm: Realm, bearer: string | null): void {
  bearers[realm] = bearer;
  for (const tell of listeners) tell();
}

/** The key or token that is in use; the component is drawn again when it changes. */
export function useBearer(realm: Realm): string | null {
  return useSyncExternalStore(listen, () => bearers[realm]);
}

export function chooseLicense(id: string | null): void {
  license = id;
  for (const tell of listeners) tell();
}

export function useChosenLicense(): string | null {
  return useSyncExternalStore(listen, () => license);
}

/** What tells the service who asks. */
export function credentialsOf(realm: Realm): Record<string, string> {
  const bearer = bearers[realm];
  if (bearer !== null) return { Authorization: `Bearer ${bearer}` };
  return realm === 'holder' && license !== null ? { 'X-License': license } : {};
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
