// Who administers here: signing in, staying signed in, signing out. The token is in memory only; a cookie that no
// script can read renews it.

import { useSyncExternalStore } from 'react';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { Refusal } from '../../api/refusal.js';

/** Below the quarter of an hour that a token lives. */
const RENEW_EVERY_MS = 600_000;
/** Says no more than that a session may be renewed: asking without one would be refused for nothing. */
const MARK = 'sahm_admin';

export type Role = 'viewer' | 'operator' | 'owner';
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

/** `code`: of the second factor, where there is one. */
export async function signIn(email: string, password: string, code: string): Promise<void> {
  const body = { email, password, ...(code !== '' && { code }) };
  begin(await answerOf(api.POST('/admin/api/session', { body })));
}

export async function signOut(): Promise<void> {
  await answerOf(api.DELETE('/admin/api/session'));
  end(false);
}

/** After a reload, or the first time. */
export async function resume(): Promise<void> {
  if (state.kind === 'in') return;
  if (localStorage.getItem(MARK) === null) become({ kind: 'out', hasEnded: false });
  else await renew();
}

/** By the cookie. False where nobody is signed in any more, or nobody answers. */
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
