// The administrator's session: signing in, renewing, signing out. The token is only in memory. A cookie that no script
// can read renews it.

import { useSyncExternalStore } from 'react';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import type { ROLES } from '../../api/lists.js';
import { Refusal } from '../../api/refusal.js';

/** Less than the 15 minutes for which a token is valid. */
const RENEW_EVERY_MS = 600_000;
/** A mark in the browser's storage that there may be a session. Without it there is no need to ask the service. */
const MARK = 'sahm_admin';

export type Role = (typeof ROLES)[number];
type State =
  | { kind: 'unknown' }
  | { kind: 'unreachable'; error: unknown }
  | { kind: 'out'; hasEnded: boolean }
  | { kind: 'in'; role: Role };

let state: State = { kind: 'unknown' };
let timer: ReturnType<typeof setInterval> | undefined;
let renewing: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

export function useSession(): State {
  return useSyncExternalStore(listen, () => state);
}

/** `code` is that of the second factor, if there is one. */
export async function signIn(email: string, password: string, code: string): Promise<void> {
  const body = { email, password, ...(code !== '' && { code }) };
  begin(await answerOf(api.POST('/admin/api/session', { body })));
}

export async function signOut(): Promise<void> {
  await answerOf(api.DELETE('/admin/api/session'));
  end(false);
}

/** Tries to renew the session after a page is loaded. */
export async function resume(): Promise<void> {
  if (state.kind === 'in') return;
  if (localStorage.getItem(MARK) === null) become({ kind: 'out', hasEnded: false });
  else await renew();
}

/** Renews the token by the cookie. False if the session has ended, or if the service does not answer. */
export function renew(): Promise<boolean> {
  renewing ??= askAnew().finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function askAnew(): Promise<boolean> {
  try {
    begin(await answerOf(api.POST('/admin/api/session/refresh')));
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.isSignedOut) end(true);
    else if (state.kind !== 'in') become({ kind: 'unreachable', error });
    return false;
  }
}

function begin({ token, role }: { token: string; role: Role }): void {
  setBearer('administrator', token);
  localStorage.setItem(MARK, '1');
  clearInterval(timer);
  timer = setInterval(() => void renew(), RENEW_EVERY_MS);
  become({ kind: 'in', role });
}

function end(hasEnded: boolean): void {
  setBearer('administrator', null);
  localStorage.removeItem(MARK);
  clearInterval(timer);
  become({ kind: 'out', hasEnded });
}

function become(next: State): void {
  const isSame = next.kind === 'in' && state.kind === 'in' && next.role === state.role;
  if (isSame) return;
  state = next;
  for (const tell of listeners) tell();
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
