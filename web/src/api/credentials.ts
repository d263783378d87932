// The credentials of the reader. A key and an administrator's token are only in memory: a reload forgets them. A buyer
// who signed in by a mailed link has a cookie that no script can read.

import { useSyncExternalStore } from 'react';
import { Listeners } from './listeners.js';

export type Realm = 'holder' | 'administrator';

const bearers: Record<Realm, string | null> = { holder: null, administrator: null };
/** The license that a signed-in buyer looks at; null for the oldest usable one. */
let license: string | null = null;
const listeners = new Listeners();

/** Null forgets it. */
export function setBearer(realm: Realm, bearer: string | null): void {
  bearers[realm] = bearer;
  listeners.tell();
}

/** The key or token in use. The component is drawn again when it changes. */
export function useBearer(realm: Realm): string | null {
  return useSyncExternalStore(listeners.listen, () => bearers[realm]);
}

export function chooseLicense(id: string | null): void {
  license = id;
  listeners.tell();
}

export function useChosenLicense(): string | null {
  return useSyncExternalStore(listeners.listen, () => license);
}

/** The headers with the reader's credentials. */
export function credentialsOf(realm: Realm): Record<string, string> {
  const bearer = bearers[realm];
  if (bearer !== null) return { Authorization: `Bearer ${bearer}` };
  return realm === 'holder' && license !== null ? { 'X-License': license } : {};
}
