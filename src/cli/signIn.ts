import type { Command } from 'commander';
import { Option } from 'commander';
import { ROLES } from '../domain/role.js';
import type { Client, Json } from './client.js';
import { CliError, wrongUsage } from './errors.js';
import { readPassword } from './readPassword.js';
import type { Tools } from './tools.js';

const DAY_MS = 86_400_000;

/** Signs in with a password and prints an API token for `SAHM_TOKEN`. */
export function addSignIn(program: Command, { stranger, show }: Tools): void {
  /** Prints only the token, so that a script can store it. */
  const tell = (answer: Json) => {
    if (program.opts().json !== true) return console.log(answer.token);
    show(answer, { noun: 'tokens', isAboutOne: true, filters: [] });
  };
  program
    .command('sign-in <email>')
    .description('Prints an API token; asks for the password, and for the code of a second factor')
    .option('--days <days>', 'how long the token lives', '1')
    .addOption(new Option('--role <role>', 'a lesser role than your own').choices(ROLES))
    .option('--name <name>', 'what the token is called in the list of tokens', 'sahm')
    .option('--code <code>', 'the code of the second factor; asked for where it is needed')
    .option('--session', 'a token of 15 minutes for what API tokens may not do, such as making one')
    .action(async (email, { days, role, name, code, session: isSession }) => {
      const password = await readPassword('Password: ');
      if (password === '') throw wrongUsage('no password was given');
      if (!/^\d{1,4}$/.test(days)) throw wrongUsage('--days is a number of days.');
      const session = await signIn(stranger(), { email, password, ...(code && { code }) });
      const own = String(session.token);
      if (isSession) return tell(session);
      const expires_at = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
      const body = { name, expires_at, ...(role && { role }) };
      const made = await stranger().withToken(own).ask({ method: 'POST', path: '/tokens', body });
      tell(made);
    });
}

async function signIn(client: Client, body: Json): Promise<Json> {
  const asked = { method: 'POST', path: '/session', body };
  try {
    return await client.ask(asked);
  } catch (error) {
    if (!(error instanceof CliError) || error.told.code !== 'second_factor_required') throw error;
    const code = (await readPassword('Code of the second factor: ')).trim();
    if (code === '') throw wrongUsage('no code was given');
    return client.ask({ ...asked, body: { ...body, code } });
  }
}
