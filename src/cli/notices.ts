import type { Command } from 'commander';
import type { Json } from './client.js';
import { queryOf } from './licenses.js';
import type { Tools } from './tools.js';

interface Delivery {
  channel: string;
  state: string;
  attempts: number;
  error: string;
}

/** What was told of licenses, and where it is posted to. */
export function addNoticeCommands(program: Command, tools: Tools): void {
  addNotices(program, tools);
  addEndpoints(program, tools);
}

function addNotices(program: Command, { client, show }: Tools): void {
  const notices = program.command('notices').description('what was told of licenses');
  notices
    .command('list', { isDefault: true })
    .description('notices with their deliveries, newest first')
    .option('--license <id>')
    .option('--kind <kind>', 'allowance_80, license_suspended, …')
    .option('--state <state>', 'of a delivery: pending, delivered or failed')
    .option('--cursor <cursor>')
    .action(async filters => {
      const columns = ['id', 'kind', 'license_id', 'occurred_at', 'deliveries'];
      const answer = await client().get(`/notices${queryOf(filters)}`);
      show().table(answer, 'notices', columns, { deliveries: deliveriesOf });
    });
  notices
    .command('redeliver <id>')
    .description('deliver a notice again: to all endpoints, and by mail where that failed')
    .action(async id => {
      show().fields(await client().post(`/notices/${encodeURIComponent(id)}/redeliver`));
    });
}

/** `mail delivered, webhook failed after 12: status 503`. */
function deliveriesOf({ deliveries }: Json): string {
  const shown = (deliveries as Delivery[]).map(({ channel, state, attempts, error }) =>
    error === '' ? `${channel} ${state}` : `${channel} ${state} after ${attempts}: ${error}`,
  );
  return shown.join(', ') || '-';
}

function addEndpoints(program: Command, { client, show }: Tools): void {
  const endpoints = program.command('endpoints').description('where notices are posted to');
  const pathOf = (id: string) => `/webhook-endpoints/${encodeURIComponent(id)}`;
  endpoints
    .command('list', { isDefault: true })
    .description('every webhook endpoint')
    .action(async () => {
      const columns = ['id', 'url', 'kinds', 'disabled', 'created_at'];
      show().table(await client().get('/webhook-endpoints'), 'webhook_endpoints', columns);
    });
  endpoints
    .command('add <url>')
    .description('a new one; prints its secret, this once')
    .option('--kinds <kinds...>', 'of notices that it is told; all where none is named')
    .action(async (url, { kinds }) => {
      show().fields(await client().post('/webhook-endpoints', { url, ...(kinds && { kinds }) }));
    });
  for (const verb of ['disable', 'enable']) {
    endpoints
      .command(`${verb} <id>`)
      .description(`${verb} an endpoint`)
      .action(async id => {
        show().fields(await client().patch(pathOf(id), { disabled: verb === 'disable' }));
      });
  }
  endpoints
    .command('remove <id>')
    .description('remove an endpoint, with its deliveries')
    .action(async id => {
      await client().delete(pathOf(id));
      show().fields({ removed: id });
    });
}
