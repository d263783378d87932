import type { Command } from 'commander';
import { EXIT } from '../commands/exitCodes.js';
import type { Json } from './client.js';
import { queryOf } from './licenses.js';
import type { Tools } from './tools.js';

export function addOperationCommands(program: Command, { client, show }: Tools): void {
  program
    .command('usage')
    .description('charged requests, tokens and cost')
    .option('--group <group>', 'day, model, provider, plan or license', 'day')
    .option('--from <day>')
    .option('--to <day>')
    .option('--limit <rows>')
    .action(async filters => {
      const columns = ['key', 'requests', 'prompt_tokens', 'completion_tokens', 'cost_microusd'];
      show().table(await client().get(`/usage${queryOf(filters)}`), 'rows', columns);
    });

  program
    .command('sales')
    .description('upstream cost beside what buyers paid')
    .option('--group <group>', 'day, plan or license', 'day')
    .option('--from <day>')
    .option('--to <day>')
    .option('--limit <rows>')
    .action(async filters => {
      const columns = ['key', 'cost_microusd', 'sold'];
      const answer = await client().get(`/usage/sales${queryOf(filters)}`);
      show().table(answer, 'rows', columns, { sold: soldOf });
    });

  program
    .command('refusals')
    .description('refused chats and why')
    .option('--from <day>')
    .option('--to <day>')
    .action(async filters => {
      const columns = ['key', 'requests', 'dialect', 'provider', 'code', 'reason'];
      show().table(await client().get(`/usage/refusals${queryOf(filters)}`), 'rows', columns);
    });

  addPurchases(program, { client, show });

  const jobs = program.command('jobs').description('what runs by itself');
  jobs
    .command('list', { isDefault: true })
    .description('every job with its last run')
    .action(async () => {
      show().table(await client().get('/jobs'), 'jobs', ['name', 'schedule', 'last_run']);
    });
  jobs
    .command('run <name>')
    .description('run a job now')
    .action(async name => {
      show().fields(await client().post(`/jobs/${encodeURIComponent(name)}/run`));
    });

  program
    .command('verify')
    .description('prove the ledger; exit 1 where it is wrong')
    .action(async () => {
      const answer = await client().get('/verify');
      show().fields(answer);
      if (answer.ok !== true) process.exitCode = EXIT.notWell;
    });

  program
    .command('audit')
    .description('who changed what, newest first')
    .option('--subject <subject>', 'license:<id> for one')
    .option('--cursor <cursor>')
    .action(async filters => {
      const columns = ['at', 'actor', 'address', 'action', 'subject', 'before', 'after'];
      show().table(await client().get(`/audit${queryOf(filters)}`), 'entries', columns);
    });

  program
    .command('backup <file>')
    .description('write a consistent copy of the whole database, while it serves')
    .action(async file => {
      await client().download('/backup', file);
      show().fields({ file });
    });

  program
    .command('restore <file>')
    .description(
      'bring a backup into the empty database of DATABASE_URL or DATA_DIR; no server runs',
    )
    .action(async file => {
      const { restoreFile } = await import('../commands/restore.js');
      process.exitCode = await restoreFile(file);
    });
}

interface Sold {
  currency: string;
  payments: number;
  paid: number;
  refunded: number;
}

/** `2 paid 4990 EUR, 300 back`, each currency for itself. */
function soldOf({ sold }: Json): string {
  const shown = (sold as Sold[]).map(
    ({ currency, payments, paid, refunded }) =>
      `${payments} paid ${paid} ${currency}${refunded > 0 ? `, ${refunded} back` : ''}`,
  );
  return shown.join('; ') || '-';
}

function addPurchases(program: Command, { client, show }: Pick<Tools, 'client' | 'show'>): void {
  const purchases = program.command('purchases').description('what shops reported');
  purchases
    .command('list', { isDefault: true })
    .description('the inbox, newest first')
    .option('--outcome <outcome>')
    .option('--shop <shop>')
    .option('--order <order>')
    .option('--email <address>', "the buyer's")
    .option('--product <product>', 'an id of the catalogue, or the shop’s name of an unknown one')
    .option('--reason <text>', 'a part of the reason')
    .option('--cursor <cursor>')
    .action(async filters => {
      const columns = ['id', 'shop', 'order', 'outcome', 'received_at', 'reason'];
      show().table(await client().get(`/purchases${queryOf(filters)}`), 'purchases', columns);
    });
  purchases
    .command('show <id>')
    .description('one event')
    .action(async id => show().fields(await client().get(`/purchases/${encodeURIComponent(id)}`)));
  purchases
    .command('replay <id>')
    .description('try again to apply it')
    .action(async id => {
      show().fields(await client().post(`/purchases/${encodeURIComponent(id)}/replay`));
    });
  purchases
    .command('assign <id>')
    .description('say whose the order of an event is, and apply it')
    .option('--email <address>')
    .option('--license <id>')
    .action(async (id, { email, license }) => {
      const body = license === undefined ? { email } : { license_id: license };
      show().fields(await client().post(`/purchases/${encodeURIComponent(id)}/assign`, body));
    });
  purchases
    .command('settle <id>')
    .description('close an event, and its order if that had no effect, without one')
    .requiredOption('--note <text>', 'why')
    .action(async (id, body) => {
      show().fields(await client().post(`/purchases/${encodeURIComponent(id)}/settle`, body));
    });
}
