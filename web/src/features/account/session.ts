// The buyer's session, which a mailed link opens. When it ends while the page is open, the page stays, covered, until the
// same buyer has signed in again. A page that was opened with a key has no session.

import { type Asked, answerOf, api } from '../../api/client.js';
import { credentialsOf } from '../../api/credentials.js';
import { askSignedIn, EndedSession } from '../../api/endedSession.js';
import { Unreachable } from '../../api/refusal.js';

export type Account = Awaited<ReturnType<typeof readWho>>;

export const ended = new EndedSession();
/** Whose session the page was opened with. */
let buyer: Account | null = null;

function readWho() {
  return answerOf(api.GET('/api/account'));
}

/** Who is signed in; for a session that has ended, whose page it covers. */
export async function readAccount(): Promise<Account> {
  const account = await readWho();
  if ('Authorization' in credentialsOf('holder')) return account;
  if (buyer && account.email === null) {
    ended.begin();
    return buyer;
  }
  // Somebody else: nothing that the page has in memory is theirs.
  if (buyer && account.email !== buyer.email) {
    location.reload();
    return buyer;
  }
  buyer = account.email === null ? null : account;
  ended.over();
  return account;
}

/** Leaves the page of the session, and what was typed in it. */
export function forgetBuyer(): void {
  buyer = null;
  ended.over();
}

/** If the session has ended, asks again once its buyer has signed in. */
export function ask<Data>(asking: () => Asked<Data>): Promise<Data> {
  return askSignedIn(stayIn, asking);
}

/** The same for what strangers may ask too: once the session has ended, it would be done for nobody. */
export async function askAsBuyer<Data>(asking: () => Asked<Data>): Promise<Data> {
  const isBuyers = buyer !== null;
  await readAccount();
  await ended.wait();
  if (isBuyers && buyer === null) throw new Unreachable('the buyer has left');
  return ask(asking);
}

async function stayIn(): Promise<boolean> {
  if (buyer === null) return false;
  ended.begin();
  await ended.wait();
  return buyer !== null;
}
