import { expect, test } from '@jest/globals';
import { readOperations } from '../../src/cli/operations.js';
import { buildProgram } from '../../src/cli/program.js';
import type { Tools } from '../../src/cli/tools.js';
import { refuseUnknownCommand } from '../../src/cli/unknownCommand.js';

const program = buildProgram({ operations: readOperations() } as unknown as Tools);

test.each([
  [
    'what is shown is typed without `show`',
    'license bob@example.com',
    'sahm license show bob@example.com?',
  ],
  ['the same with an id', 'request 01a229ae-47f7', 'sahm request show 01a229ae-47f7?'],
  ['the same with the number of an order', 'purchase 1003', 'sahm purchase show 1003?'],
  ['a word is only begun', 'lic sho', 'sahm license show'],
  ['a word has a typo', 'licnese show', 'sahm license show'],
  ['another word is usual', 'license delete', 'sahm license revoke'],
  ['the command is of another group', 'license usage bob@example.com', 'sahm usage show'],
])('where %s, the command is named that was meant', (_, typed, meant) => {
  const refused = () => refuseUnknownCommand(program, typed.split(' '));
  expect(refused).toThrow(/^There is no command "sahm /);
  expect(refused).toThrow(`Did you mean: ${meant}`);
});

test.each(['license', 'license show -', 'licenses --plan pro', 'usage', 'export requests.csv'])(
  'what is a command passes: %s',
  typed => expect(() => refuseUnknownCommand(program, typed.split(' '))).not.toThrow(),
);
