// The question before what cannot be undone: what it is, whom it concerns, and what comes of it.

import { EXIT } from '../commands/exitCodes.js';
import type { Asked, Client, Json } from './client.js';
import { isObject, objectsIn } from './client.js';
import { CliError } from './errors.js';
import { describeLicense } from './finding.js';
import type { Operation } from './operations.js';
import { isAtTerminal, readYes } from './readPassword.js';

/** Fields of a body: only to say what would come of it; to do it nevertheless. */
const REHEARSE = 'rehearse';
const CONFIRM = 'confirm';

export interface Planned {
  operation: Operation;
  asked: Asked;
}

/** Returns what is to be sent; throws where nobody agreed. */
export async function askBefore(
  { operation, asked }: Planned,
  client: Client,
  isSure: boolean,
): Promise<Asked> {
  if (!isSure) {
    const consequences = await consequencesOf({ operation, asked }, client);
    if (consequences.length === 0) return asked;
    await ask(consequences.join('\n'), asked, client);
  }
  // The service itself wants to hear it where a customer who paid is ended.
  const { body } = asked;
  const wantsToHear = isObject(body) && operation.body.some(({ name }) => name === CONFIRM);
  return wantsToHear ? { ...asked, body: { ...body, [CONFIRM]: true } } : asked;
}

async function ask(consequences: string, asked: Asked, client: Client): Promise<void> {
  if (!isAtTerminal()) {
    throw new CliError(
      'not_confirmed',
      `${consequences}\nThere is no terminal to ask at: say --yes to do it.`,
      EXIT.couldNotRun,
    );
  }
  const concerned = await concernedBy(asked.path, client);
  if (await readYes(`${concerned}${consequences}\nGo on? [y/N] `)) return;
  throw new CliError('not_confirmed', 'Nothing was changed.', EXIT.notWell);
}

/** Sentences about what cannot be undone, or what it takes from somebody who paid. */
async function consequencesOf({ operation, asked }: Planned, client: Client): Promise<string[]> {
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
  return [...known, ...toldBy(rehearsed)];
}

/** What a rehearsal says would come of it; of many changes also how many they are. */
function toldBy({ consequences, lines, changed, refused }: Json): string[] {
  const sentences = objectsIn(consequences).map(({ message }) => String(message));
  const ofLines = objectsIn(lines).flatMap(line =>
    objectsIn(line.consequences).map(({ message }) => `Line ${line.line}: ${message}`),
  );
  const counts = Number(changed) > 0 ? [`It changes ${changed}; ${refused} are refused.`] : [];
  return [...sentences, ...ofLines, ...counts];
}

/** An end that is over already. */
function endIn({ route }: Operation, { expires_at: end }: Json): string[] {
  if (route !== 'PATCH /licenses/{id}' || typeof end !== 'string' || !isOver(end)) return [];
  return [`${end} is over: the license ends at once, and its requests are refused.`];
}

/** A day counts to its end, wherever on earth that is. */
function isOver(end: string): boolean {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(end);
  const endMs = Date.parse(isDay ? `${end}T23:59:59-12:00` : end);
  return endMs <= Date.now();
}

/** The license, where it is about one. */
async function concernedBy(path: string, client: Client): Promise<string> {
  const [, id] = /^\/licenses\/([^/]+)/.exec(path) ?? [];
  if (id === undefined) return '';
  const { license } = await client.ask({ method: 'GET', path: `/licenses/${id}` });
  if (!isObject(license)) return '';
  return `License of ${license.email}: ${describeLicense(license)}\n`;
}

function inOneSentence(text: string): string {
  return /[.!]$/.test(text) ? text : `${text}.`;
}
