import type { Command } from 'commander';
import { type Client, ClientError, type Json } from './client.js';
import type { Tools } from './tools.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const COLUMNS = ['id', 'email', 'plan', 'status', 'key_last4', 'expires_at', 'note'];

/** LICENSE is an id, or an e-mail address that has one license only. */
export function addLicenseCommands(program: Command, { client, show }: Tools): void {
  const license = program.command('license').description('issue, find and change licenses');

  license
    .command('issue')
    .description('issue a license; prints its key')
    .requiredOption('--email <address>')
    .requiredOption('--plan <plan>')
    .option('--expires <instant>')
    .option('--note <text>')
    .action(async ({ email, plan, expires, note }) => {
      const body = { email, plan, ...(expires && { expires_at: expires }), ...(note && { note }) };
      show().fields(await client().post('/licenses', body));
    });

  license
    .command('list')
    .description('licenses, newest first')
    .option('--email <address>')
    .option('--status <status>')
    .option('--plan <plan>')
    .option('--order <id>')
    .option('--last4 <characters>')
    .option('--cursor <cursor>')
    .action(async ({ last4: key_last4, ...filters }) => {
      const query = queryOf({ ...filters, key_last4 });
      show().table(await client().get(`/licenses${query}`), 'licenses', COLUMNS);
    });

  license
    .command('show <license>')
    .description('a license with its balance and grants')
    .action(async name => {
      show().fields(await client().get(await pathOf(client(), name)));
    });

  for (const verb of ['suspend', 'reinstate', 'revoke']) {
    license
      .command(`${verb} <license>`)
      .description(`${verb} a license, at once`)
      .option('--reason <text>')
      .action(async (name, body) => {
        show().fields(await client().post(`${await pathOf(client(), name)}/${verb}`, body));
      });
  }

  license
    .command('rotate <license>')
    .description('a new key; the old one works on for a while')
    .option('--grace <seconds>', 'how long; 0 for a leaked key')
    .action(async (name, { grace }) => {
      const body = grace === undefined ? {} : { grace_seconds: Number(grace) };
      show().fields(await client().post(`${await pathOf(client(), name)}/rotate`, body));
    });

  license
    .command('plan <license> <plan>')
    .description('change the plan')
    .action(async (name, plan) => {
      show().fields(await client().patch(await pathOf(client(), name), { plan }));
    });

  license
    .command('email <license> <address>')
    .description('give it to the buyer with this address')
    .action(async (name, email) => {
      show().fields(await client().patch(await pathOf(client(), name), { email }));
    });

  license
    .command('send-key <license>')
    .description('mail the buyer a new link to the key')
    .action(async name => {
      show().fields(await client().post(`${await pathOf(client(), name)}/send-key`));
    });

  license
    .command('note <license> <text>')
    .description('write the note')
    .action(async (name, note) => {
      show().fields(await client().patch(await pathOf(client(), name), { note }));
    });

  license
    .command('timeline <license>')
    .description('everything that happened to a license, newest first')
    .option('--cursor <cursor>')
    .action(async (name, { cursor }) => {
      const path = `${await pathOf(client(), name)}/timeline${queryOf({ cursor })}`;
      show().table(await client().get(path), 'events', ['at', 'event', 'actor', 'details']);
    });

  program
    .command('grant <license>')
    .description('give an add-on: a product, or units with a reason')
    .option('--product <id>')
    .option('--quantity <count>')
    .option('--provider <provider>')
    .option('--units <count>')
    .option('--reason <text>')
    .action(async (name, { quantity, units, ...texts }) => {
      const body = {
        ...texts,
        ...(quantity !== undefined && { quantity: Number(quantity) }),
        ...(units !== undefined && { units: Number(units) }),
      };
      show().fields(await client().post(`${await pathOf(client(), name)}/grants`, body));
    });
}

async function pathOf(client: Client, name: string): Promise<string> {
  if (UUID.test(name)) return `/licenses/${name}`;
  const { licenses } = await client.get(`/licenses${queryOf({ email: name })}`);
  const found = licenses as Array<{ id: string }>;
  const [only] = found;
  if (!only) throw new ClientError(`there is no license of ${name}`, 404);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(', ');
    throw new ClientError(`${name} has several licenses, name one by its id: ${ids}`, 400);
  }
  return `/licenses/${only.id}`;
}

export function queryOf(parameters: Json): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams();
  for (const [name, value] of given) query.set(name, String(value));
  return given.length === 0 ? '' : `?${query}`;
}
