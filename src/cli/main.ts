// `sahm`: the administration from a command line.

import { Command } from 'commander';
import { EXIT, type ExitCode } from '../commands/exitCodes.js';
import { loadCliConfig } from '../config.js';
import { addAdminCommands } from './admin.js';
import { ClientError, createClient } from './client.js';
import { addCodeCommands } from './codes.js';
import { addLicenseCommands } from './licenses.js';
import { addNoticeCommands } from './notices.js';
import { addOperationCommands } from './operations.js';
import { addShopCommands } from './shops.js';
import { createShow } from './show.js';
import { addSignIn } from './signIn.js';
import type { Tools } from './tools.js';

/** By the status of the answer; 0 where there was none. */
const EXIT_CODES: Record<number, ExitCode> = {
  0: EXIT.noAnswer,
  400: EXIT.couldNotRun,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  503: EXIT.noAnswer,
};

const program = new Command('sahm')
  .description(
    'Administers a running Sahm. SAHM_URL says where it is (http://localhost:3000), SAHM_TOKEN is an API token.',
  )
  .option('--json', 'print JSON')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

const tools: Tools = {
  client() {
    const { url, token } = loadCliConfig();
    if (token === undefined) {
      throw new ClientError('SAHM_TOKEN is not set. Make one: sahm sign-in EMAIL', 401);
    }
    return createClient(url, token);
  },
  stranger: () => createClient(loadCliConfig().url),
  show: () => createShow(program.opts().json === true, text => console.log(text)),
};
addSignIn(program, tools);
addLicenseCommands(program, tools);
addCodeCommands(program, tools);
addOperationCommands(program, tools);
addNoticeCommands(program, tools);
addShopCommands(program, tools);
addAdminCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof ClientError) {
    console.error(error.message);
    process.exitCode = EXIT_CODES[error.status] ?? EXIT.notWell;
  } else if (error instanceof Error && 'exitCode' in error) {
    // Commander has said what is wrong; help and version are no faults.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.couldNotRun;
  } else {
    throw error;
  }
}
