// Every operation as a command, in a tree of nouns and verbs.

import { Argument, Command, Option } from 'commander';
import type { Json } from './client.js';
import { type Field, LICENSE_HELP } from './fields.js';
import type { Operation } from './operations.js';
import { type Given, runOperation } from './run.js';
import type { Tools } from './tools.js';
import type { Typed } from './values.js';
import { argumentName, kebab, nicerOf, SHORTCUTS, type Word } from './words.js';

/** The options of every command. No field may have such a name. */
const TAKEN = ['json', 'yes', 'wide', 'help', 'all'];

/** Groups, each with the command that runs if only the group is typed. */
export type Defaults = Map<Command, Command>;

export function addOperations(program: Command, tools: Tools): Defaults {
  const defaults: Defaults = new Map();
  const groups = tools.operations.map(({ words }) => textOf(words.slice(0, -1)));
  for (const operation of tools.operations) {
    const words = operation.words.slice(0, -1);
    const isAlone = groups.filter(group => group === textOf(words)).length === 1;
    const isDefault = words.length > 0 && (operation.isDefault || isAlone);
    const group = groupOf(program, words);
    const command = commandOf(operation, tools);
    addTo(group, command, isDefault);
    if (isDefault) defaults.set(group, command);
  }
  for (const { words, route, ...how } of SHORTCUTS) {
    const operation = tools.operations.find(each => each.route === route);
    const parent = groupOf(
      program,
      words.slice(0, -1).map(word => ({ word })),
    );
    const name = words.at(-1) ?? '';
    // The service's own command of that name comes first.
    if (!operation || childOf(parent, name)) continue;
    const summary = how.summary ?? operation.summary;
    addTo(parent, commandOf({ ...operation, words: [{ word: name }], summary }, tools, how));
  }
  for (const group of program.commands) describeGroup(group);
  for (const [group, command] of defaults) {
    const isOnly = group.commands.length === 1;
    group.addHelpText('after', () => {
      const said = `\nWithout a further word: ${command.name()}.`;
      return isOnly ? `${said}\n\n${command.helpInformation()}` : said;
    });
  }
  return defaults;
}

function addTo(group: Command, command: Command, isDefault = false): void {
  group.addCommand(command.copyInheritedSettings(group), { isDefault });
}

interface How {
  /** The only fields, as arguments. */
  fields?: string[];
  fixed?: Json;
}

function commandOf(operation: Operation, tools: Tools, how: How = {}): Command {
  const { words, route, parameters, summary, access } = operation;
  const { query, body, isFile, hasPages } = operation;
  const all = [...query, ...body];
  const bare = how.fields ?? nicerOf(route).arguments ?? [];
  const shape: Shape = {
    asArguments: bare.flatMap(name => all.find(field => field.name === name) ?? []),
    options: (how.fields ? [] : all).map(field => [field, optionsOf(field)]),
  };
  const command = new Command(words.at(-1)?.word ?? '').description(summary);
  for (const [at, parameter] of parameters.entries()) {
    const isLast = at === parameters.length - 1 && shape.asArguments.length === 0;
    command.addArgument(parameterOf(operation, parameter, isLast));
  }
  for (const { option, help } of shape.asArguments) {
    command.argument(how.fields ? `<${option}>` : `[${option}]`, help);
  }
  if (isFile) command.argument('[file]', 'where to write it; else the standard output');
  for (const option of shape.options.flatMap(([, each]) => each)) command.addOption(option);
  if (hasPages) command.option('--all', 'every page');
  const who = access === 'public' ? 'for anybody' : `for the role ${access} or a higher one`;
  command.addHelpText('after', `\nCalls ${route.replace(' ', ' /admin/api')}, ${who}.`);
  const asked = how.fields ? { ...operation, query: [], body: shape.asArguments } : operation;
  return command.action(() => {
    const given = givenTo(command, operation, shape);
    return runOperation(asked, { ...given, fixed: how.fixed ?? {} }, tools);
  });
}

/** How the fields of an operation become arguments, options and prompts. */
interface Shape {
  asArguments: Field[];
  options: Array<[field: Field, options: Option[]]>;
}

function givenTo(
  command: Command,
  { route, parameters, isFile }: Operation,
  { asArguments, options }: Shape,
): Omit<Given, 'fixed'> {
  const { defaults = {} } = nicerOf(route);
  const { args } = command;
  const typed: Typed = new Map();
  for (const [field, ways] of options) {
    const values = ways.map(option => command.getOptionValue(option.attributeName()));
    typed.set(field, values.find(value => value !== undefined) ?? defaults[field.name]);
  }
  for (const [at, field] of asArguments.entries()) {
    typed.set(field, args[parameters.length + at] ?? typed.get(field));
  }
  return {
    parameters: parameters.map((_, at) => args[at]),
    typed,
    isAll: command.getOptionValue('all') === true,
    file: isFile ? args[parameters.length + asArguments.length] : undefined,
  };
}

/** If no license is named, a prompt asks for its key. */
function parameterOf({ path, choices }: Operation, parameter: string, isLast: boolean): Argument {
  const name = argumentName(path, parameter);
  const may = choices[parameter];
  // The service refuses others, and names these.
  if (may) return new Argument('<what>', `one of: ${may.join(', ')}`);
  if (!new RegExp(`^/licenses/\\{\\+?${parameter}\\}`).test(path)) return new Argument(`<${name}>`);
  return new Argument(isLast ? `[${name}]` : `<${name}>`, LICENSE_HELP);
}

/** The option, and the field's own name if it differs. */
function optionsOf({ name, option, kind, placeholder, choices, help }: Field): Option[] {
  const free = TAKEN.includes(option) ? `the-${option}` : option;
  if (kind === 'flag') {
    return [new Option(`--${free}`, help), new Option(`--no-${free}`).hideHelp()];
  }
  const value =
    kind === 'secret' ? '' : kind === 'list' ? ` <${placeholder}...>` : ` <${placeholder}>`;
  return [free, kebab(name)]
    .filter((each, at, both) => each !== '' && both.indexOf(each) === at)
    .map((each, at) => {
      const made = new Option(`--${each}${value}`, help);
      if (choices.length > 0) made.choices(choices);
      return at === 0 ? made : made.hideHelp();
    });
}

/** Finds or makes the group with these words. */
function groupOf(program: Command, words: Word[]): Command {
  return words.reduce((parent, { word, plural }) => {
    const found = childOf(parent, word);
    if (found) return found;
    const group = parent.command(word);
    if (plural !== undefined) group.alias(plural);
    return group;
  }, program);
}

function childOf(parent: Command, name: string): Command | undefined {
  return parent.commands.find(each => each.name() === name || each.aliases().includes(name));
}

/** The description of a group: its commands. */
function describeGroup(group: Command): void {
  if (group.commands.length === 0) return;
  for (const inner of group.commands) describeGroup(inner);
  if (group.description() === '') {
    group.description(group.commands.map(command => command.name()).join(', '));
  }
}

function textOf(words: Word[]): string {
  return words.map(({ word }) => word).join(' ');
}
