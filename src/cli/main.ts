// `sahm`: the administration from a command line.

import { type Command, CommanderError } from 'commander';
import { EXIT } from '../commands/exitCodes.js';
import { loadCliConfig } from '../config/commandLine.js';
import { createClient } from './client.js';
import { CliError, type ErrorTold, wrongUsage } from './errors.js';
import { readOperations } from './operations.js';
import { buildProgram } from './program.js';
import { closePrompts } from './readPassword.js';
import { withDates } from './show/cells.js';
import { createShow } from './show/show.js';
import type { Tools } from './tools.js';
import { refuseUnknownCommand } from './unknownCommand.js';

/** A text with more of a key than may be shown, which is the prefix and four characters. */
const SECRET = /sahm_(?:live|admin)_\w{5}|\bsahm(?:-[0-9a-z]{4}){4}/i;

const typed = process.argv.slice(2);
const isJson = typed.includes('--json');
const { url, token, licenseKey, home, timeZone, columns } = loadCliConfig();
const tools: Tools = {
  operations: readOperations(),
  client() {
    if (token !== undefined) return createClient(url, token);
    const message = 'SAHM_TOKEN is not set. Make one: export SAHM_TOKEN=$(sahm sign-in EMAIL)';
    throw new CliError('unauthenticated', message, EXIT.notAllowed);
  },
  stranger: () => createClient(url),
  url,
  licenseKey,
  home,
  timeZone,
  show: createShow({
    isJson,
    timeZone,
    width: typed.includes('--wide') ? undefined : (process.stdout.columns ?? columns),
    write: text => console.log(text),
  }),
  isSure: () => typed.includes('--yes'),
};

// A reader such as `head` may close the pipe early. That is no error.
process.stdout.on('error', () => process.exit());
try {
  refuseSecrets(typed);
  const { program, defaults } = buildProgram(tools);
  refuseUnknownCommand({ program, defaults }, typed);
  await quiet(program).parseAsync();
} catch (error) {
  if (error instanceof CliError) {
    tell(error.told);
    process.exitCode = error.exitCode;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.couldNotRun;
  } else {
    throw error;
  }
} finally {
  closePrompts();
}

/** Refuses keys as arguments: these stay in the shell's history, and every user of the machine can see them. */
function refuseSecrets(texts: string[]): void {
  if (!texts.some(text => SECRET.test(text))) return;
  throw wrongUsage(
    'A key, an API token or a code stands among the arguments, where others can read it. Say - for a license, and type the key at the prompt: sahm license show -',
  );
}

/** An error is one JSON document on the standard output, or words on the standard error. */
function tell(error: ErrorTold): void {
  if (isJson) console.log(JSON.stringify({ error }, null, 2));
  else console.error(withDates(error.message, { timeZone }));
}

/** Reports Commander's errors of wrong usage like all other errors. */
function quiet(command: Command): Command {
  const outputError = (text: string) =>
    tell({ code: 'wrong_usage', message: text.trim().replace(/^error: /, '') });
  command.exitOverride().configureOutput({ outputError });
  for (const inner of command.commands) quiet(inner);
  return command;
}
