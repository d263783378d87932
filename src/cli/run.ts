// Runs a command: turns names into ids, asks before an act that cannot be undone, calls the service, and shows the
// answer.

import { EXIT } from '../commands/exitCodes.js';
import { type Client, isObject, type Json } from './client.js';
import { wrongUsage } from './errors.js';
import { findInList, findLicense } from './finding.js';
import type { Operation } from './operations.js';
import { askBefore } from './question.js';
import { remarksOf } from './remarks.js';
import type { Tools } from './tools.js';
import { bodyOf, queryOf, refuseMissing, type Typed } from './values.js';

export interface Given {
  /** The arguments, in the order of the route's parameters. */
  parameters: Array<string | undefined>;
  typed: Typed;
  /** Further fields to send. */
  fixed: Json;
  /** Whether to read every page. */
  isAll: boolean;
  /** The path to which a file is written. */
  file: string | undefined;
}

export async function runOperation(
  operation: Operation,
  { parameters, typed, fixed, isAll, file }: Given,
  tools: Tools,
): Promise<void> {
  refuseMissing([...operation.query, ...operation.body], typed);
  const client = tools.client();
  const { path, matchedKeys } = await pathOf(operation, parameters, client, tools);
  await nameLicenses(typed, client, tools);
  const query = queryOf(operation.query, typed);
  const read = await bodyOf(operation.body, typed);
  const hasBody = operation.method === 'post' || operation.method === 'patch';
  const body = Array.isArray(read) ? read : { ...(read as Json), ...fixed };
  const planned = {
    method: operation.method.toUpperCase(),
    path,
    query,
    body: hasBody ? body : undefined,
  };
  const asked = await askBefore({ operation, asked: planned }, client, tools);
  if (operation.isFile || (query.format ?? 'json') !== 'json') {
    refuseTerminal(operation, file);
    await client.download(asked, file);
    if (file !== undefined) tools.show({ file }, questionOf(operation, query));
    return;
  }
  const told = isAll ? await everyPage(asked, client, operation) : await client.ask(asked);
  const answer = withKeys(told, matchedKeys);
  const remarks = remarksOf(operation, asked.body, answer);
  tools.show(isEmpty(answer) ? doneOf(operation, path) : answer, {
    ...questionOf(operation, query),
    remarks,
  });
  if (answer.ok === false || answer.outcome === 'failed') process.exitCode = EXIT.notWell;
}

/** The path with the ids of its parameters, and which key of the license was typed. */
async function pathOf(
  { path, parameters, method }: Operation,
  given: Array<string | undefined>,
  client: Client,
  { operations, timeZone }: Tools,
): Promise<{ path: string; matchedKeys: unknown }> {
  let made = path;
  let matchedKeys: unknown;
  for (const [at, parameter] of parameters.entries()) {
    const template = new RegExp(`\\{\\+?${parameter}\\}`);
    const before = path.slice(0, path.search(template) - 1);
    const sofar = made.slice(0, made.search(template) - 1);
    const list = operations.find(({ route }) => route === `GET ${before}`);
    const typed = given[at];
    const found =
      before === '/licenses'
        ? await findLicense(client, typed, timeZone)
        : {
            id: await findInList(client, typed ?? '', {
              list,
              path: sofar,
              isAct: method !== 'get',
            }),
          };
    if ('matchedKeys' in found) matchedKeys = found.matchedKeys;
    made = made.replace(template, () => encodeURIComponent(found.id));
  }
  return { path: made, matchedKeys };
}

/** Fields with a license accept the same names as arguments. */
async function nameLicenses(typed: Typed, client: Client, { timeZone }: Tools): Promise<void> {
  for (const [field, value] of typed) {
    if (!/^license(?:_id)?$/.test(field.name) || typeof value !== 'string') continue;
    typed.set(field, (await findLicense(client, value, timeZone)).id);
  }
}

/** An answer that shows the license also says which key of it was typed. */
function withKeys(answer: Json, matchedKeys: unknown): Json {
  const { license } = answer;
  if (matchedKeys === undefined || !isObject(license)) return answer;
  return { ...answer, license: { ...license, matched_keys: matchedKeys } };
}

async function everyPage(
  asked: Parameters<Client['ask']>[0],
  client: Client,
  operation: Operation,
): Promise<Json> {
  const most = operation.query.find(({ name }) => name === 'limit')?.most;
  const query = { ...(most !== undefined && { limit: String(most) }), ...asked.query };
  const whole = await client.ask({ ...asked, query });
  const list = Object.keys(whole).find(name => Array.isArray(whole[name])) ?? '';
  const rows = [whole[list]].flat();
  let cursor = whole.next_cursor;
  while (typeof cursor === 'string') {
    const page = await client.ask({ ...asked, query: { ...query, cursor } });
    rows.push(...[page[list]].flat());
    cursor = page.next_cursor;
  }
  return { ...whole, [list]: rows, next_cursor: null };
}

function refuseTerminal({ path }: Operation, file: string | undefined): void {
  if (file !== undefined || !process.stdout.isTTY || path.startsWith('/exports/')) return;
  throw wrongUsage('That is not text: name a file to write it to.');
}

function isEmpty(answer: Json): boolean {
  return Object.keys(answer).length === 0;
}

const DONE: Record<string, string> = { remove: 'removed', withdraw: 'withdrawn', end: 'ended' };

/** The result to show for an answer without content, such as `{removed: id}`. */
function doneOf({ words }: Operation, path: string): Json {
  return { [DONE[words.at(-1)?.word ?? ''] ?? 'done']: path.split('/').at(-1) };
}

/** The question that belongs to the answer. */
function questionOf(operation: Operation, query: Record<string, string>) {
  const last =
    operation.path
      .split('/')
      .filter(part => !part.startsWith('{'))
      .at(-1) ?? '';
  const noun = last === 'usage' ? 'requests' : last;
  const filters = Object.keys(query).filter(name => !['cursor', 'limit', 'group'].includes(name));
  return { noun, isAboutOne: operation.parameters.length > 0, filters };
}
