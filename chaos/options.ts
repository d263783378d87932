// The command line of `npm run chaos`.

import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { PLANTS } from './plants.js';
import type { RunOptions } from './run.js';

const SHORT_MS = 100_000;

export interface Options {
  seed: number;
  lasts: RunOptions['lasts'];
  /** The names of faults to plant; empty for none. */
  plants: string[];
  keepsLogs: boolean;
  /** The arguments as they were typed, without the seed, to print how to repeat the run. */
  typed: string[];
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('a number above 0');
  return number;
}

function plantNames(text: string): string[] {
  const names = text === 'all' ? Object.keys(PLANTS) : text.split(',');
  const unknown = names.find(name => !(name in PLANTS));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`one of: all, ${Object.keys(PLANTS).join(', ')}`);
  }
  return names;
}

export function readOptions(words: string[]): Options {
  const command = new Command('npm run chaos --')
    .description('Breaks a private installation under load, and checks what is promised of it.')
    .option('--short', `goes on for ${SHORT_MS / 1_000} s; the default`)
    .option('--seconds <n>', 'goes on for so many seconds', positive)
    .option('--minutes <n>', 'goes on for so many minutes', positive)
    .option(
      '--kills <n>',
      'goes on until so many replicas were killed, as fast as they come back',
      positive,
    )
    .option('--seed <n>', 'the same faults and the same choices as the run with this seed', Number)
    .option('--plant <fault>', 'plants a fault, and succeeds if it is found; `all`', plantNames, [])
    .option('--keep-logs', 'keeps the logs of a run that found nothing')
    .addHelpText('after', `\nFaults to plant:\n${plantHelp()}`)
    .parse(words, { from: 'user' });
  const { seconds, minutes, kills, seed, plant, keepLogs } = command.opts();
  const ms = minutes ? minutes * 60_000 : seconds ? seconds * 1_000 : SHORT_MS;
  return {
    seed: Number.isInteger(seed) ? seed : randomInt(2 ** 31),
    lasts: kills ? { kills } : { ms },
    plants: plant,
    keepsLogs: keepLogs === true,
    typed: withoutSeed(words),
  };
}

function plantHelp(): string {
  return Object.entries(PLANTS)
    .map(([name, { what }]) => `  ${name.padEnd(26)} ${what}`)
    .join('\n');
}

function withoutSeed(words: string[]): string[] {
  const rest = words.filter(word => !word.startsWith('--seed='));
  const at = rest.indexOf('--seed');
  return at === -1 ? rest : [...rest.slice(0, at), ...rest.slice(at + 2)];
}
