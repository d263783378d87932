// Says in one line what a try showed, and whether its client did what it is known to do.

import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { CLIENTS, type TriedClient, type Way } from './list.js';
import type { Ended } from './program.js';

export interface Try {
  client: string;
  /** `used up`: nothing is left of the quota. */
  way: Way | 'used up';
  /** The id of its license. */
  license: string;
  ended: Ended;
}

/** A line of the service's log about a request. */
interface Seen {
  license?: string;
  charged?: number;
}

export async function readLog(file: string): Promise<Seen[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Seen);
}

export function reportOn(tried: Try, log: Seen[]): { line: string; isWell: boolean } {
  const { client, way, ended } = tried;
  const { packages, command, ...known } = CLIENTS[client] as TriedClient;
  const [name, version] = Object.entries(packages)[0] as [string, string];
  const seen = log.filter(({ license }) => license === tried.license);
  // `sahm connect` sends one request itself.
  const own = command ? 1 : 0;
  const requests = seen.length - own;
  const charged =
    seen.reduce((sum, one) => sum + (one.charged ?? 0), 0) - (way === 'used up' ? 0 : own);
  const lines = stripVTControlCharacters(ended.output)
    .split('\n')
    .map(line => line.trim());
  const wanted = way === 'used up' ? known.complains : known.says;
  const said = lines.find(line => wanted.test(line));
  const isWell =
    said !== undefined &&
    (way === 'used up'
      ? charged === 0 && requests <= known.attempts
      : ended.code === 0 && charged === known.requests && requests === known.requests);
  const what = `requests ${requests}, charged ${charged}, exit ${ended.code}, ${ended.seconds} s`;
  const shown = said ?? `it said: ${lines.filter(Boolean).slice(-8).join(' | ')}`;
  const verdict = isWell ? '' : 'NOT WELL: ';
  return { line: `${name} ${version}, ${way}: ${verdict}${what}: ${shown}`, isWell };
}
