// The question before an act that cannot be undone: what it is, which customer it concerns, and its consequences.

import { EXIT } from '../commands/exitCodes.js';
import type { Asked, Client, Json } from './client.js';
import { isObject, objectsIn } from './client.js';
import { CliError } from './errors.js';
import { describeLicense } from './finding.js';
import type { Operation } from './operations.js';
import { isAtTerminal, readYes } from './readPassword.js';
import { undoneOf } from './show/keys.js';
import type { Tools } from './tools.js';

/** Fields of a body: the first only rehearses the change, the second confirms it. */
const REHEARSE = 'rehearse';
const CONFIRM = 'confirm';

export interface Planned {
  operation: Operation;
  asked: Asked;
}

/** Returns the body to send. Throws without a yes. */
export async function askBefore(
  { operation, asked }: Planned,
  client: Client,
  { isSure, timeZone }: Pick<Tools, 'isSure' | 'timeZone'>,
): Promise<Asked> {
  if (!isSure()) {
    const consequences = await consequencesOf({ operation, asked }, client, timeZone);
    if (consequences.length === 0) return asked;
    await ask(consequences.join('\n'), asked, client, timeZone);
  }
  // The service itself demands this if a paying customer's plan is ended.
  const { body } = asked;
  const wantsToHear = isObject(body) && operation.body.some(({ name }) => name === CONFIRM);
  return wantsToHear ? { ...asked, body: { ...body, [CONFIRM]: true } } : asked;
}

async function ask(
  consequences: string,
  asked: Asked,
  client: Client,
  timeZone: string,
): Promise<void> {
  if (!isAtTerminal()) {
    throw new CliError(
      'not_confirmed',
      `${consequences}\nThere is no terminal to ask at: say --yes to do it.`,
      EXIT.couldNotRun,
    );
  }
  const concerned = await concernedBy(asked.path, client, timeZone);
  if (await readYes(`${concerned}${consequences}\nGo on? [y/N] `)) return;
  throw new CliError('not_confirmed', 'Nothing was changed.', EXIT.notWell);
}

/** Sentences about what cannot be undone, or what a paying customer would lose. */
async function consequencesOf(
  { operation, asked }: Planned,
  client: Client,
  timeZone: string,
): Promise<string[]> {
  const { consequence } = operation;
  const known =
    consequence === undefined ? [] : [`${inOneSentence(consequence)} This cannot be undone.`];
  const body = isObject(asked.body) ? asked.body : {};
  if (body[REHEARSE] === true) return [];
  const has = (field: string) => operation.body.some(({ name }) => name === field);
  if (!has(REHEARSE) || (!has(CONFIRM) && known.length === 0)) {
    return [...known, ...endIn(operation, body)];
  }
  const rehearsed = await client.ask({ ...asked, body: { ...body, [REHEARSE]: true } });
  const told = [...known, ...toldBy(rehearsed)];
  const { undoes } = rehearsed;
  return isObject(undoes) && told.length > 0
    ? [`It undoes ${undoneOf(undoes, { timeZone })}.`, ...told]
    : told;
}

/** The consequences that a rehearsal found; for a bulk change, also the number of changes. */
function toldBy({ consequences, lines, changed, refused }: Json): string[] {
  const sentences = objectsIn(consequences).map(({ message }) => String(message));
  const ofLines = objectsIn(lines).flatMap(line =>
    objectsIn(line.consequences).map(({ message }) => `Line ${line.line}: ${message}`),
  );
  const counts = Number(changed) > 0 ? [`It changes ${changed}, and refuses ${refused}.`] : [];
  return [...sentences, ...ofLines, ...counts];
}

/** Whether an end is in the past. */
function endIn({ route }: Operation, { expires_at: end }: Json): string[] {
  if (route !== 'PATCH /licenses/{id}' || typeof end !== 'string' || !isOver(end)) return [];
  return [`${end} is over: the license ends at once, and its requests are refused.`];
}

/** A day lasts until it has ended in the last time zone of the earth. */
function isOver(end: string): boolean {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(end);
  const endMs = Date.parse(isDay ? `${end}T23:59:59-12:00` : end);
  return endMs <= Date.now();
}

/** The license that it concerns, if any. */
async function concernedBy(path: string, client: Client, timeZone: string): Promise<string> {
  const [, id] = /^\/licenses\/([^/]+)/.exec(path) ?? [];
  if (id === undefined) return '';
  const { license } = await client.ask({ method: 'GET', path: `/licenses/${id}` });
  if (!isObject(license)) return '';
  return `License of ${license.email}: ${describeLicense(license, timeZone)}\n`;
}

function inOneSentence(text: string): string {
  return /[.!]$/.test(text) ? text : `${text}.`;
}
