// Commands that documents name exist, with their options.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { readOperations } from '../../src/cli/operations.js';
import { buildProgram } from '../../src/cli/program.js';
import type { Tools } from '../../src/cli/tools.js';

const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs')
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
];
/** In a line of its own, after a prompt, or as code within a sentence. */
const COMMAND = /(?:^(?:\$ )?|`|sahm -- |npx )sahm(?: --)? ([a-z-][^`|>#\n]*)/gm;

const { program } = buildProgram({ operations: readOperations() } as unknown as Tools);

/** What is wrong with what was typed; nothing where it can be run. */
function faultIn(typed: string): string | undefined {
  const words = typed.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const has = (command: Command, option: string) =>
    option === '--help' || command.options.some(({ long }) => long === option);
  const asked = words
    .filter(word => word.startsWith('--'))
    .map(word => word.replace(/[=.,;)].*$/, ''));
  const own = asked.filter(option => !has(program, option));
  let command: Command = program;
  for (const word of words) {
    // What follows an option may be its value.
    if (own.some(option => word.startsWith(option))) break;
    const inner = command.commands.find(each => [each.name(), ...each.aliases()].includes(word));
    if (inner) command = inner;
    else if (command.commands.length > 0 && /^[a-z][a-z-]*$/.test(word)) {
      return `there is no command ${word}`;
    }
  }
  const unknown = own.find(
    option => ![command, ...command.commands].some(each => has(each, option)),
  );
  return unknown === undefined ? undefined : `there is no option ${unknown}`;
}

test('every command of the documents exists, with its options', () => {
  let count = 0;
  const faults = DOCUMENTS.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(COMMAND)].flatMap(([, typed = '']) => {
      count += 1;
      const fault = faultIn(typed.trim());
      return fault === undefined ? [] : [`${file}: sahm ${typed.trim()}: ${fault}`];
    }),
  );
  expect(faults).toEqual([]);
  expect(count).toBeGreaterThan(80);
});
