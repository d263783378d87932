// Collects all that the checks need, when a run has come to rest.

import { readFile } from 'node:fs/promises';
import type { Provider } from '../src/domain/provider.js';
import type { ServedRequest } from '../src/providers/sandbox/server.js';
import type { Cast, License } from './cast.js';
import type { Client } from './client.js';
import type { Ground } from './ground.js';
import type { History, Shown } from './history.js';
import type { Order } from './purchases.js';
import { shownIn } from './reading.js';

export interface Hold {
  id: string;
  license: string;
  provider: Provider;
  units: number;
  state: string;
  model: string;
  dialect: string;
  isMoney: boolean;
  createdAtMs: number;
  promptTokens: number | null;
  completionTokens: number | null;
}

export interface Sold {
  licenses: Array<{ email: string; plan: string; state: string }>;
  grants: Array<{ order: string; units: number; entitled: number; state: string }>;
}

/** What the service tells the holder of a license at the end. */
export interface Told {
  shown: Partial<Record<Provider, Shown>>;
  /** The newest requests of the license. */
  requests: Array<{ id: string; outcome: string; units: number }>;
}

export interface Evidence {
  history: History;
  cast: Cast;
  holds: Hold[];
  served: ServedRequest[];
  told: Map<string, Told>;
  orders: Order[];
  deliveries: number;
  sold: Sold;
  /** What `sahm verify` prints. */
  verified: { code: number | string; output: string };
  exitCodes: Array<number | string>;
  secrets: Map<string, string>;
  /** The paths of all logs. */
  logFiles: string[];
}

const PAGE = 100;
const MOST_PAGES = 10;

export async function tellOf(client: Client, url: string, license: License): Promise<Told> {
  const key = license.keys.at(-1) as string;
  const balance = JSON.parse((await client.get(url, '/api/license', key)).text);
  const requests: Told['requests'] = [];
  let cursor = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const path = `/api/license/requests?limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
    const answer = JSON.parse((await client.get(url, path, key)).text);
    requests.push(...answer.requests);
    if (!answer.next_cursor) break;
    cursor = answer.next_cursor;
  }
  return { shown: shownIn(balance.usage_breakdown), requests };
}

export function readHolds({ site }: Ground): Promise<Hold[]> {
  return site.query<Hold>(`SELECT id::text, license_id::text AS license, provider,
    units::float8 AS units, state, model, dialect, unit IS NOT NULL AS "isMoney",
    (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
    prompt_tokens AS "promptTokens", completion_tokens AS "completionTokens" FROM hold ORDER BY id`);
}

export async function readSold({ site }: Ground): Promise<Sold> {
  return {
    licenses: await site.query(`SELECT account.email, license.plan, license.state
      FROM license JOIN account ON account.id = license.account_id`),
    grants: await site.query(`SELECT line.order_id AS "order", pack.units::float8 AS units,
      pack.entitled::float8 AS entitled, pack.state
      FROM license_grant pack JOIN purchase_line line ON line.id = pack.purchase_line_id`),
  };
}

/** How many units are held, over all licenses. */
export async function heldUnits({ site }: Ground): Promise<number> {
  const [row] = await site.query<{ held: number }>(
    "SELECT count(*)::float8 AS held FROM hold WHERE state = 'pending'",
  );
  return row?.held ?? 0;
}

export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
