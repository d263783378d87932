// `sahm connect`: writes a client's own configuration for this service and a license key.

import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { EXIT } from '../../commands/exitCodes.js';
import { maskSecrets } from '../../domain/secretForms.js';
import { CliError, wrongUsage } from '../errors.js';
import { isAtTerminal, readPassword, readYes } from '../readPassword.js';
import type { Tools } from '../tools.js';
import { CLIENTS, type ConnectedClient } from './clients.js';
import { forget, keep, readKept, readText, writePrivate } from './kept.js';
import { askService, chooseModel, describeLeft } from './service.js';

export function addConnectCommand(program: Command, tools: Tools): void {
  program
    .command('connect')
    .description(
      'Writes a client’s own configuration for the service at SAHM_URL and a license key (SAHM_KEY, or typed at a prompt), and tries one request, which is charged; shows it first, and asks',
    )
    .addArgument(new Argument('<client>').choices(Object.keys(CLIENTS)))
    .option('--model <model>', 'the model that it asks; else one that the license may use')
    .option('--undo', 'put back what stood there before')
    .action(async (name, { model, undo }) => {
      if (undo) return undoConnection(name, tools);
      await connect(name, model, tools);
    });
}

async function connect(name: string, wanted: string | undefined, tools: Tools): Promise<void> {
  const client = CLIENTS[name] as ConnectedClient;
  const url = tools.url.replace(/\/+$/, '');
  const key = tools.licenseKey ?? (await readPassword('License key (it is not shown): ')).trim();
  if (key === '') throw wrongUsage('no key was given');
  const service = { url, key };
  const model = await chooseModel(service, wanted, client.prefers);
  const file = join(tools.home, client.file);
  const before = await readText(file);
  const after = client.change(before, { url, key, model });
  await agreeTo(file, before, after, tools);
  await keep(tools.home, name, { file, before, after });
  await write(file, after);
  console.log(`Written. sahm connect ${name} --undo puts back what stood there before.`);
  const answer = await askService(service, client.ask(model));
  console.log(`${model} answers. ${describeLeft(answer)}`);
}

async function undoConnection(name: string, tools: Tools): Promise<void> {
  const kept = await readKept(tools.home, name);
  if (!kept) throw new CliError('not_found', `${name} was not connected here.`, EXIT.notFound);
  const { file, before, after } = kept;
  const now = await readText(file);
  if (now !== after) console.log(`${file} was changed since: that is undone too.`);
  await agreeTo(file, now, before, tools);
  if (before === null) await rm(file, { force: true });
  else await write(file, before);
  await forget(tools.home, name);
  console.log('Undone.');
}

async function write(file: string, text: string): Promise<void> {
  await writePrivate(file, text);
  // An existing file would keep its mode, but now it has a key.
  await chmod(file, 0o600);
}

/** Shows what would change, and continues only after a yes. */
async function agreeTo(
  file: string,
  before: string | null,
  after: string | null,
  { isSure }: Tools,
): Promise<void> {
  console.log([`${file}:`, ...changedLines(before ?? '', after ?? '')].join('\n'));
  if (isSure()) return;
  if (!isAtTerminal()) {
    const message = 'There is no terminal to ask at: say --yes to do it.';
    throw new CliError('not_confirmed', message, EXIT.couldNotRun);
  }
  if (await readYes('Write it? [y/N] ')) return;
  throw new CliError('not_confirmed', 'Nothing was changed.', EXIT.notWell);
}

/** The lines that differ, without the equal ones at the beginning and the end. */
function changedLines(before: string, after: string): string[] {
  const [old, now] = [before, after].map(text => text.trimEnd().split('\n'));
  if (!old || !now) return [];
  const most = Math.min(old.length, now.length);
  let from = 0;
  while (from < most && old[from] === now[from]) from++;
  let tail = 0;
  while (tail < most - from && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const shown = (lines: string[], sign: string) =>
    lines
      .slice(from, lines.length - tail)
      .filter(line => line !== '')
      .map(line => `${sign} ${withoutSecrets(line)}`);
  return [...shown(old, '-'), ...shown(now, '+')];
}

const SECRET_VALUE = /((?:key|token|secret|authorization)"?\s*[:=]\s*"?(?:Bearer )?)[^"\s,}]+/gi;

/** Hides all secrets, also those of other services in the replaced text. */
function withoutSecrets(line: string): string {
  return maskSecrets(line.replace(SECRET_VALUE, '$1…'));
}
