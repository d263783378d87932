import type { Command } from 'commander';
import { queryOf } from './licenses.js';
import type { Tools } from './tools.js';

/** Codes that are given away, each worth a product. */
export function addCodeCommands(program: Command, { client, show }: Tools): void {
  const codes = program.command('codes').description('codes to give away, each worth a product');
  codes
    .command('list', { isDefault: true })
    .description('what became of them, newest first; never the codes themselves')
    .option('--cursor <cursor>')
    .action(async filters => {
      const columns = ['id', 'product', 'state', 'license_id', 'expires_at', 'used_at', 'note'];
      show().table(await client().get(`/codes${queryOf(filters)}`), 'codes', columns);
    });
  codes
    .command('create <product>')
    .description('new codes; prints them, this once')
    .option('--count <count>', 'how many', '1')
    .option('--expires <date>', 'when they end; never where it is not said')
    .option('--note <text>')
    .action(async (product, { count, expires, note }) => {
      const body = {
        product,
        count: Number(count),
        ...(expires && { expires_at: expires }),
        ...(note && { note }),
      };
      show().table(await client().post('/codes', body), 'codes', ['code'], { code: String });
    });
  codes
    .command('withdraw <id>')
    .description('withdraw a code that nobody used')
    .action(async id => {
      await client().delete(`/codes/${encodeURIComponent(id)}`);
      show().fields({ withdrawn: id });
    });
}
