// Words that are no command: says so, and names commands that were probably meant. Commander would take them for
// arguments of the command that runs if only a group is typed, and say that those are too many.

import type { Command } from 'commander';
import { distance } from 'fastest-levenshtein';
import { wrongUsage } from './errors.js';
import type { Program } from './program.js';

/** What people say for the words of commands. */
const SYNONYMS: Record<string, string[]> = {
  reinstate: ['resume', 'unsuspend', 'unblock', 'activate', 'enable'],
  suspend: ['pause', 'block', 'stop', 'disable'],
  revoke: ['cancel', 'delete', 'remove', 'end'],
  withdraw: ['revoke', 'delete', 'remove'],
  remove: ['delete', 'revoke', 'withdraw'],
  issue: ['create', 'new', 'add', 'make'],
  create: ['new', 'add', 'make'],
  show: ['get', 'view', 'info'],
  change: ['edit', 'update', 'set'],
};
const PLAIN = /^[a-z][a-z-]*$/;
/** Of a word that was only begun, in characters. */
const SHORTEST = 3;
const MOST_TYPOS = 2;
const MOST_NAMED = 3;

export function refuseUnknownCommand({ program, defaults }: Program, typed: string[]): void {
  const words = leadingWords(program, typed);
  let group = program;
  for (const [at, word] of words.entries()) {
    const inner = childOf(group, word);
    if (inner) {
      group = inner;
      continue;
    }
    const runs = group.commands.length === 0 ? group : defaults.get(group);
    if (word === 'help' || mayBeArguments(group, runs, words.slice(at))) return;
    const known = words.slice(0, at);
    const shows = childOf(group, 'show');
    if (!PLAIN.test(word) && shows && shows.registeredArguments.length > 0) {
      throw wrongUsage(
        textOf([...known, word], [['sahm', ...known, 'show', word].join(' ')], known),
      );
    }
    const whole = [...known, ...words.slice(at).filter(each => PLAIN.test(each))];
    const fitting = meantBy(program, whole);
    const nearer = fitting.length > 0 ? fitting : meantBy(program, [...known, word]);
    const isElsewhere = nearer.length === 0 && group.commands.length > 0;
    const meant = isElsewhere ? meantBy(program, [word]) : nearer;
    if (meant.length === 0 && group.commands.length === 0) return;
    throw wrongUsage(textOf([...known, word], meant, known));
  }
}

/** The words before the first option of a command; options of the whole program may stand between them. */
function leadingWords(program: Command, typed: string[]): string[] {
  const flags = program.options.map(({ long }) => long);
  const others = typed.filter(word => !flags.includes(word));
  const end = others.findIndex(word => word.startsWith('-') && word !== '-');
  return end < 0 ? others : others.slice(0, end);
}

/** Whether the words may be arguments of what runs. What is no word of a command is left to Commander. */
function mayBeArguments(group: Command, runs: Command | undefined, words: string[]): boolean {
  if (group.commands.length === 0 && !PLAIN.test(words[0] ?? '')) return true;
  return runs !== undefined && words.length <= runs.registeredArguments.length;
}

function textOf(words: string[], meant: string[], known: string[]): string {
  const all = ['sahm', ...known, '--help'].join(' ');
  const hint = meant.length === 0 ? '' : ` Did you mean: ${meant.join(', or ')}?`;
  return `There is no command "sahm ${words.join(' ')}".${hint} ${all} shows all.`;
}

/** Commands whose words have all that were typed, or words that are close to them or mean the same. */
function meantBy(program: Command, words: string[]): string[] {
  const costs = pathsOf(program, []).flatMap(path => {
    const missing = words.map(word => Math.min(...path.map(names => costOf(word, names))));
    const cost = missing.reduce((sum, each) => sum + each, 0);
    const said = path.map(([name = '']) => name).join(' ');
    // Of commands that fit as well, the shorter ones first.
    return Number.isFinite(cost) ? [{ said, cost: cost * 10 + path.length }] : [];
  });
  const found = costs.sort((one, other) => one.cost - other.cost).slice(0, MOST_NAMED);
  return found.map(({ said }) => `sahm ${said}`);
}

/** Infinite if a word of a command cannot have been meant. */
function costOf(word: string, names: string[]): number {
  if (names.includes(word)) return 0;
  if (names.some(name => SYNONYMS[name]?.includes(word))) return 1;
  if (word.length >= SHORTEST && names.some(name => name.startsWith(word))) return 1;
  const typos = Math.min(...names.map(name => distance(word, name)));
  return word.length > 3 && typos <= MOST_TYPOS ? 1 + typos : Number.POSITIVE_INFINITY;
}

/** The names of each word of each command that can be run. */
function pathsOf(command: Command, before: string[][]): string[][][] {
  if (command.commands.length === 0) return [before];
  return command.commands.flatMap(inner =>
    pathsOf(inner, [...before, [inner.name(), ...inner.aliases()]]),
  );
}

function childOf(parent: Command, name: string): Command | undefined {
  return parent.commands.find(each => each.name() === name || each.aliases().includes(name));
}
