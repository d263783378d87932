// The administrator's session: signing in, renewing, signing out. The token is only in memory. A cookie that no script
// can read renews it. When the session ends while pages are open, they stay, covered, until somebody signs in again.

import { useSyncExternalStore } from 'react';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { EndedSession } from '../../api/endedSession.js';
import { Listeners } from '../../api/listeners.js';
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
  /** `who` is the administrator's id. */
  | { kind: 'in'; role: Role; who: string };

let state: State = { kind: 'unknown' };
let timer: ReturnType<typeof setInterval> | undefined;
let renewing: Promise<void> | undefined;
export const ended = new EndedSession();
const listeners = new Listeners();

export function useSession(): State {
  return useSyncExternalStore(listeners.listen, () => state);
}

/** `code` is that of the second factor, if there is one. */
export async function signIn(email: string, password: string, code: string): Promise<void> {
  const body = { email, password, ...(code !== '' && { code }) };
  begin(await answerOf(api.POST('/admin/api/session', { body })));
}

export async function signOut(): Promise<void> {
  try {
    await answerOf(api.DELETE('/admin/api/session'));
  } catch (error) {
    const isOut = error instanceof Refusal && error.isSignedOut;
    if (!isOut) throw error;
  }
  end(false);
}

/** Tries to renew the session after a page is loaded. */
export async function resume(): Promise<void> {
  if (state.kind === 'in') return;
  if (localStorage.getItem(MARK) === null) become({ kind: 'out', hasEnded: false });
  else await renew();
}

/** Renews the token by the cookie. Throws if there are pages to stay on and the service does not answer. */
function renew(): Promise<void> {
  renewing ??= askAnew().finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function askAnew(): Promise<void> {
  try {
    begin(await answerOf(api.POST('/admin/api/session/refresh')));
  } catch (error) {
    if (error instanceof Refusal && error.isSignedOut) end(true);
    else if (state.kind === 'in') throw error;
    else become({ kind: 'unreachable', error });
  }
}

/** Renews the token; if the session has ended, waits until its person signs in again. False if they leave. */
export async function stayIn(): Promise<boolean> {
  await renew();
  await ended.wait();
  return state.kind === 'in';
}

/** Leaves the pages of an ended session, and what was typed in them. */
export function giveUp(): void {
  end(false);
}

function begin({ token, role }: { token: string; role: Role }): void {
  localStorage.setItem(MARK, '1');
  const who = subjectOf(token);
  // Somebody else: nothing that the page has in memory is theirs.
  if (state.kind === 'in' && state.who !== who) {
    location.reload();
    return;
  }
  setBearer('administrator', token);
  clearInterval(timer);
  // If the service does not answer now, the next act tells it.
  timer = setInterval(() => void renew().catch(() => undefined), RENEW_EVERY_MS);
  become({ kind: 'in', role, who });
  ended.over();
}

/** The administrator's id, which the token names as its subject. */
function subjectOf(token: string): string {
  const claims = token.split('.')[1] ?? '';
  return JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).sub;
}

function end(hasEnded: boolean): void {
  setBearer('administrator', null);
  localStorage.removeItem(MARK);
  clearInterval(timer);
  if (hasEnded && state.kind === 'in') {
    ended.begin();
    return;
  }
  become({ kind: 'out', hasEnded });
  ended.over();
}

function become(next: State): void {
  const isSame = next.kind === 'in' && JSON.stringify(next) === JSON.stringify(state);
  if (isSame) return;
  state = next;
  listeners.tell();
}
