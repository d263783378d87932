import type { Command } from 'commander';
import { ClientError } from './client.js';
import { readPassword } from './readPassword.js';
import type { Tools } from './tools.js';

const DAY_MS = 86_400_000;

/** Signs in with a password and prints an API token, which is what `SAHM_TOKEN` wants. */
export function addSignIn(program: Command, { stranger }: Tools): void {
  program
    .command('sign-in <email>')
    .description('print an API token; asks for the password')
    .option('--days <days>', 'how long the token lives', '1')
    .option('--role <role>', 'a lesser role than your own')
    .option('--name <name>', 'what the token is called in the list of tokens', 'sahm')
    .action(async (email, { days, role, name }) => {
      const password = await readPassword('Password: ');
      if (password === '') throw new ClientError('no password was given', 400);
      const session = await stranger().post('/session', { email, password });
      const expires_at = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
      const client = stranger().withToken(String(session.token));
      const body = { name, expires_at, ...(role && { role }) };
      const { token } = await client.post('/tokens', body);
      console.log(token);
    });
}
