// Turns names that people know into the ids that routes need: an e-mail address or a key into a license's id; an e-mail
// address, a name or a URL into other ids.

import { EXIT } from '../commands/exitCodes.js';
import { lastDayOf } from '../domain/end.js';
import type { Client, Json } from './client.js';
import { isObject, objectsIn } from './client.js';
import { CliError, wrongUsage } from './errors.js';
import type { Operation } from './operations.js';
import { isAtTerminal, readPassword } from './readPassword.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KNOWN_BY = ['email', 'name', 'url', 'order'];
/** If an order has several reports, an act means the report that still needs something. */
const OPEN = ['waiting', 'failed'];
/** What tells things of one name apart. */
const TOLD_APART_BY = ['topic', 'outcome', 'state', 'status', 'received_at', 'created_at'];

export interface Found {
  id: string;
  /** Which of its keys was typed, as the service tells it. */
  matchedKeys?: unknown;
}

/** A license, from its id, the buyer's e-mail address, or `-` for a key at a prompt. */
export async function findLicense(
  client: Client,
  typed: string | undefined,
  timeZone: string,
): Promise<Found> {
  if (typed !== undefined && UUID.test(typed)) return { id: typed };
  if (typed === '-' || (typed === undefined && isAtTerminal())) return findByKey(client);
  if (typed === undefined) {
    throw wrongUsage('Which license? Its id, the buyer’s e-mail address, or - to type its key.');
  }
  if (!typed.includes('@')) {
    throw wrongUsage(
      `${typed} is no id of a license and no e-mail address. The key of a license is typed at a prompt: say - instead.`,
    );
  }
  return { id: await findByEmail(client, typed, timeZone) };
}

async function findByKey(client: Client): Promise<Found> {
  const key = (await readPassword('License key (it is not shown): ')).trim();
  if (key === '') throw wrongUsage('no key was given');
  const { license } = await client.ask({ method: 'POST', path: '/licenses/lookup', body: { key } });
  if (!isObject(license)) return { id: '' };
  return { id: String(license.id), matchedKeys: license.matched_keys };
}

async function findByEmail(client: Client, email: string, timeZone: string): Promise<string> {
  const { licenses } = await client.ask({ method: 'GET', path: '/licenses', query: { email } });
  const found = objectsIn(licenses);
  const [only] = found;
  if (!only) throw new CliError('not_found', `There is no license of ${email}.`, EXIT.notFound);
  if (found.length === 1) return String(only.id);
  const lines = found.map(license => `  ${describeLicense(license, timeZone)}`);
  throw wrongUsage(
    `${email} has ${found.length} licenses. Name one by its id, or say - and type its key:\n${lines.join('\n')}`,
    { licenses: found },
  );
}

/** `0193…-…  pro, active, key …Ab12, until 2027-02-28`, which is the last day. */
export function describeLicense(
  { id, plan, status, key_last4, expires_at }: Json,
  timeZone: string,
): string {
  const end =
    typeof expires_at === 'string' ? `, until ${lastDayOf(new Date(expires_at), timeZone)}` : '';
  return `${id}  ${plan}, ${status}, key …${key_last4}${end}`;
}

/** The id of anything else, by a name that its list has; otherwise the typed text. */
export async function findInList(
  client: Client,
  typed: string,
  { list, path, isAct }: { list: Operation | undefined; path: string; isAct: boolean },
): Promise<string> {
  if (!list || UUID.test(typed)) return typed;
  const most = list.query.find(({ name }) => name === 'limit')?.most;
  const hasOrders = list.query.some(({ name }) => name === 'order');
  const query = {
    ...(most !== undefined && { limit: String(most) }),
    ...(hasOrders && { order: typed }),
  };
  const answer = await client.ask({ method: 'GET', path, query });
  const rows = Object.values(answer).flatMap(objectsIn);
  const found = rows.filter(row => KNOWN_BY.some(field => row[field] === typed));
  const open = isAct ? found.filter(({ outcome }) => OPEN.includes(String(outcome))) : [];
  const meant = open.length === 1 ? open : found;
  const [only] = meant.filter(({ id }) => typeof id === 'string');
  if (meant.length > 1) {
    const lines = found.map(row => `  ${row.id}  ${apart(row)}`);
    throw wrongUsage(`${typed} names several. Name one by its id:\n${lines.join('\n')}`, { found });
  }
  return only ? String(only.id) : typed;
}

function apart(row: Json): string {
  return TOLD_APART_BY.flatMap(field => (typeof row[field] === 'string' ? [row[field]] : [])).join(
    ', ',
  );
}
