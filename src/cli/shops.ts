import type { Command } from 'commander';
import { EXIT } from '../commands/exitCodes.js';
import type { Tools } from './tools.js';

export function addShopCommands(program: Command, { client, show }: Tools): void {
  const shop = program.command('shop').description('the shops that purchases come from');
  shop
    .command('check <shop>')
    .description(
      'try what is set up for it, here and there; exit 1 where something is to be changed',
    )
    .action(async name => {
      const answer = await client().get(`/shops/${encodeURIComponent(name)}/check`);
      const columns = ['result', 'name', 'says'];
      show().table(answer, 'checks', columns, { result: ({ ok }) => (ok ? 'ok' : 'change') });
      if (answer.ok !== true) process.exitCode = EXIT.notWell;
    });
}
