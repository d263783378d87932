// The command line as an administrator uses it: in its own processes, against a running service.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Receiver, startReceiver } from '../fakes/webhookReceiver.js';
import { run } from '../harness/commandLine.js';
import { PASSWORD, type Service, startService } from '../harness/service.js';
import { openTestDatabase } from '../harness/testDatabase.js';

let service: Service;
let token: string;
let directory: string;
let receiver: Receiver;

const sahm = (...args: string[]) => run(args, { SAHM_URL: service.url, SAHM_TOKEN: token });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-cli-'));
  service = await startService();
  receiver = await startReceiver();
  await service.createAdministrator('admin@example.com', 'owner');
  const env = { SAHM_URL: service.url };
  const { stdout, code } = await run(['sign-in', 'admin@example.com'], env, `${PASSWORD}\n`);
  expect(code).toBe(0);
  token = stdout.trim();
});
afterAll(async () => {
  await service.close();
  await receiver.close();
  await rm(directory, { recursive: true, force: true });
});

/** Starts the service in its own process, and waits until its port is open. */
async function startServer(env: Record<string, string>) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const server = spawn(process.execPath, ['dist/src/main.js'], {
    env: { ...inherited, NODE_ENV: 'development', PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let banner = '';
  server.stdout.setEncoding('utf8');
  await new Promise<void>(resolve => {
    server.stdout.on('data', text => {
      banner += text;
      if (/Sahm listens on[\s\S]*\n\n$/.test(banner)) resolve();
    });
  });
  const [url = ''] = /http:\/\/localhost:\d+/.exec(banner) ?? [];
  return {
    url: url.replace('localhost', '127.0.0.1'),
    async stop() {
      server.kill('SIGINT');
      await new Promise(resolve => server.once('exit', resolve));
    },
  };
}

describe('sahm', () => {
  test('issues, shows, grants, rotates, changes and suspends by e-mail address', async () => {
    const issued = await sahm(
      '--json',
      'license',
      'issue',
      '--email',
      'a@example.com',
      '--plan',
      'pro',
    );
    expect(issued.code).toBe(0);
    const { key, license } = JSON.parse(issued.stdout);
    expect(key).toMatch(/^sahm_live_/);
    expect((await sahm('license', 'show', 'a@example.com')).stdout).toMatch(/plan +pro/);
    const listed = await sahm('license', 'list', '--last4', key.slice(-4));
    expect(listed.stdout).toMatch(/^ID +EMAIL +PLAN +STATUS/);
    expect(listed.stdout).toContain(license.id);
    expect((await sahm('grant', license.id, '--product', '404')).stdout).toMatch(/units +50/);
    expect((await sahm('license', 'plan', 'a@example.com', 'vip')).stdout).toMatch(/plan +vip/);
    const rotated = await sahm('--json', 'license', 'rotate', license.id, '--grace', '60');
    expect(JSON.parse(rotated.stdout).key).not.toBe(key);
    const suspended = await sahm('license', 'suspend', 'a@example.com', '--reason', 'shared key');
    expect(suspended.stdout).toMatch(/status +suspended/);
    expect((await sahm('license', 'timeline', 'a@example.com')).stdout).toContain('shared key');
    // An API token is its administrator's.
    const done = await sahm('audit', '--actor', 'admin@example.com', '--license', 'a@example.com');
    expect(done.stdout).toMatch(/admin@example\.com \(token sahm\) +license\.suspend/);
  }, 240_000);

  test('saves a signed statement, which can be checked without the service', async () => {
    const email = 'kept@example.com';
    await sahm('license', 'issue', '--email', email, '--plan', 'vip');
    const listed = JSON.parse((await sahm('--json', 'license', 'statements', email)).stdout);
    const [{ period }] = listed.statements;
    const kept = await sahm('--json', 'license', 'statement', 'show', email, period);
    const csv = await sahm('license', 'statement', 'show', email, period, '--format', 'csv');
    expect(csv.stdout).toMatch(/^request_id,at,provider,model,/);
    const [file, keys] = [join(directory, 'statement.json'), join(directory, 'keys.json')];
    await writeFile(file, kept.stdout);
    await writeFile(keys, await (await fetch(`${service.url}/.well-known/jwks.json`)).text());
    const offline = { SAHM_URL: 'http://127.0.0.1:1' };
    const check = (...more: string[]) => run(['receipt', 'verify', file, ...more], offline);
    const right = await check('--key', keys);
    expect([right.code, right.stderr]).toEqual([0, '']);
    expect(right.stdout).toMatch(/^The signature is right: this statement/);
    expect(right.stdout).toContain(period);
    await writeFile(file, kept.stdout.replace('"closing": 830', '"closing": 83'));
    const wrong = await check('--key', keys);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('it was changed')]);
    const told = JSON.parse((await check('--key', keys, '--json')).stdout);
    expect(told.error.code).toBe('content_differs');
    expect((await check('--key', file)).code).toBe(2);
    expect((await check('--key', join(directory, 'none'))).code).toBe(2);
  });

  test('asks for usage, jobs and the ledger', async () => {
    expect((await sahm('usage', '--group', 'model')).stdout).toMatch(/^No requests from /);
    expect((await sahm('jobs')).stdout).toContain('expire-holds');
    expect((await sahm('jobs', 'run', 'expire-licenses')).stdout).toMatch(/outcome +done/);
    expect((await sahm('verify')).code).toBe(0);
    expect((await sahm('audit')).stdout).toContain('license.suspend');
    expect((await sahm('sales', '--group', 'plan')).stdout).toMatch(/^No sales from /);
  }, 240_000);

  test('checks a shop: each thing with ok or what to change, and the exit code says whether all is right', async () => {
    const wrong = await sahm('shop', 'check', 'woocommerce');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(
      /\n +NAME +RESULT +SAYS\n +secret +change +set WOOCOMMERCE_WEBHOOK_SECRET/,
    );
    expect((await sahm('shop', 'check', 'ebay')).code).toBe(4);
    const PURCHASE_WEBHOOK_SECRET = 'a secret of the shop that signs';
    const PUBLIC_URL = 'https://sahm.example';
    const sound = await startService({ env: { PURCHASE_WEBHOOK_SECRET, PUBLIC_URL } });
    await sound.createAdministrator('sound@example.com', 'viewer');
    const env = { SAHM_URL: sound.url };
    const signedIn = await run(['sign-in', 'sound@example.com'], env, `${PASSWORD}\n`);
    const right = await run(['shop', 'check', 'signed'], {
      ...env,
      SAHM_TOKEN: signedIn.stdout.trim(),
    });
    expect(right).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n +address +ok /) });
    await sound.close();
  }, 240_000);

  test('shows notices and their receivers, and has them delivered again', async () => {
    receiver.answer = 503;
    const made = await sahm('--json', 'endpoints', 'add', receiver.url, '--kinds', 'grant_waiting');
    const { webhook_endpoint, secret } = JSON.parse(made.stdout);
    expect(secret).toMatch(/^whsec_/);
    const listed = await sahm('endpoints');
    expect(listed.stdout).toMatch(/^ID +URL +KINDS/);
    expect(listed.stdout).not.toContain(secret);
    await sahm('license', 'issue', '--email', 'told@example.com', '--plan', 'basic');
    await sahm('grant', 'told@example.com', '--product', '516');
    await sahm('jobs', 'run', 'send-notices');

    const { notices } = JSON.parse(
      (await sahm('--json', 'notices', '--kind', 'grant_waiting')).stdout,
    );
    expect(notices).toMatchObject([{ kind: 'grant_waiting', deliveries: [{}, {}] }]);
    const [{ id, license_id }] = notices;
    const table = (await sahm('notices', 'list', '--license', license_id)).stdout.split('\n');
    expect(table[0]).toMatch(/^ID +KIND +OCCURRED \(UTC\) +DELIVERIES$/);
    expect(table[1]).toContain('mail delivered, webhook pending after 1: status 503');
    expect((await sahm('notices', '--state', 'failed')).stdout).toBe(
      'No notices with this state.\n',
    );

    receiver.answer = 200;
    const again = await sahm('notices', 'redeliver', id);
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^id +/)]);
    await sahm('jobs', 'run', 'send-notices');
    expect((await sahm('notices')).stdout).toContain('mail delivered, webhook delivered');
    expect(receiver.received.map(({ headers }) => headers['x-sahm-event-id'])).toEqual([id, id]);

    const disabled = await sahm('endpoints', 'disable', webhook_endpoint.id);
    expect(disabled.stdout).toMatch(/disabled +yes/);
    const removed = await sahm('endpoints', 'remove', webhook_endpoint.id, '--yes');
    expect(removed.stdout).toMatch(/^removed/);
    expect((await sahm('endpoints', 'enable', webhook_endpoint.id)).code).toBe(4);
    expect((await sahm('notices', 'redeliver', webhook_endpoint.id)).code).toBe(4);
    expect((await sahm('notices', '--kind', 'other')).code).toBe(2);
    expect((await sahm('notices', 'redeliver')).code).toBe(2);
  });

  test('makes codes, shows their state, and withdraws one', async () => {
    const made = await sahm('codes', 'create', '404', '--count', '2', '--note', 'a gift');
    expect(made.stdout).toMatch(/^CODE\nSAHM-\S{19}\nSAHM-\S{19}\n$/);
    const [, code = ''] = made.stdout.split('\n');
    const listed = await sahm('codes');
    expect(listed.stdout).toMatch(/^ID +PRODUCT +STATE/);
    expect(listed.stdout).toMatch(/404 +open.*a gift/);
    expect(listed.stdout).not.toContain(code);
    const { codes } = JSON.parse((await sahm('--json', 'codes')).stdout);
    expect((await sahm('--yes', 'codes', 'withdraw', codes[0].id)).code).toBe(0);
    expect((await sahm('codes')).stdout).toMatch(/404 +withdrawn/);
    expect((await sahm('codes', 'create', 'nothing')).code).toBe(2);
    expect((await sahm('codes', 'withdraw', 'x', '--yes')).code).toBe(4);
  }, 240_000);

  test('says with its exit code what went wrong', async () => {
    expect((await sahm('license', 'show', 'nobody@example.com')).code).toBe(4);
    expect(
      (await sahm('license', 'issue', '--email', 'b@example.com', '--plan', 'gold')).code,
    ).toBe(2);
    expect((await sahm('nonsense')).code).toBe(2);
    expect((await sahm('--help')).code).toBe(0);
    const wrong = await run(['verify'], { SAHM_URL: service.url, SAHM_TOKEN: 'wrong' });
    expect(wrong.code).toBe(3);
    const nobody = await run(['verify'], { SAHM_URL: 'http://127.0.0.1:9', SAHM_TOKEN: 'x' });
    expect([nobody.code, nobody.stdout]).toEqual([5, '']);
    expect(nobody.stderr).toContain('does not answer');
    expect((await run(['verify'], { SAHM_URL: service.url, SAHM_TOKEN: '' })).code).toBe(3);
  }, 240_000);

  test('backs up while it serves, and restores into an empty embedded database', async () => {
    const file = join(directory, 'sahm.backup');
    expect((await sahm('backup', file)).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const dataDir = join(directory, 'new');
    const env = { DATA_DIR: dataDir, DATABASE_URL: '', LOG_LEVEL: 'silent' };
    const without = await run(['restore', file], env);
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('KEY_PEPPER')]);
    await cp(join(service.directory, 'secrets.json'), join(dataDir, 'secrets.json'));
    const restored = await run(['restore', file], env);
    expect(restored.stderr).toBe('');
    expect(restored.stdout).toMatch(/restored \d+ rows\nthe ledger is clean/);
    const again = await run(['restore', file], env);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('not empty')]);
  }, 240_000);

  test('sets an administrator’s new password on the machine itself, which ends sessions and tokens', async () => {
    const url = service.database.url;
    const env = {
      DATA_DIR: join(directory, 'reset'),
      DATABASE_URL: url ?? '',
      LOG_LEVEL: 'silent',
      ADMIN_EMAIL: 'first@example.com',
    };
    const reset = (email: string, input = '') =>
      run(['admin', 'reset-password', email], env, input);
    if (url === undefined) {
      const first = await startServer(env);
      // The server has the embedded database.
      const locked = await reset('first@example.com');
      expect([locked.code, locked.stdout]).toEqual([2, '']);
      expect(locked.stderr).toContain('stop it first');
      await first.stop();
    } else {
      await service.createAdministrator('first@example.com', 'owner');
    }
    const unknown = await reset('nobody@example.com');
    expect([unknown.code, unknown.stdout]).toEqual([4, '']);
    expect(unknown.stderr).toContain('first@example.com');
    const guessable = await reset('first@example.com', 'First@Example.com\n');
    expect([guessable.code, guessable.stderr]).toEqual([2, expect.stringMatching(/more than the/)]);

    const made = await reset('First@Example.com');
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('New password')]);
    const [, password = ''] = /first@example\.com: (\S{16,})/.exec(made.stdout) ?? [];
    const again = await startServer(env);
    try {
      const at = { SAHM_URL: again.url };
      const signedIn = await run(['sign-in', 'first@example.com'], at, `${password}\n`);
      expect(signedIn.code).toBe(0);
      const there = { ...at, SAHM_TOKEN: signedIn.stdout.trim() };
      const audit = await run(['audit', '--json'], there);
      expect(audit.stdout).toContain('command line');
      expect(audit.stdout).not.toContain(password);
      if (url !== undefined) {
        expect((await reset('first@example.com', 'typed by its owner\n')).code).toBe(0);
        expect((await run(['audit'], there)).code).toBe(3);
        expect((await run(['sign-in', 'first@example.com'], at, `${password}\n`)).code).toBe(3);
        const typed = await run(['sign-in', 'first@example.com'], at, 'typed by its owner\n');
        expect(typed.code).toBe(0);
      }
    } finally {
      await again.stop();
    }
  }, 240_000);

  const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
  onPostgres(
    'moves an embedded database to PostgreSQL',
    async () => {
      const dataDir = join(directory, 'embedded');
      const { NODE_OPTIONS: _, ...inherited } = process.env;
      const server = spawn(process.execPath, ['dist/src/main.js'], {
        env: {
          ...inherited,
          NODE_ENV: 'development',
          PORT: '0',
          HOST: '127.0.0.1',
          DATA_DIR: dataDir,
          DATABASE_URL: '',
          LOG_LEVEL: 'silent',
          ADMIN_EMAIL: 'mover@example.com',
          ADMIN_PASSWORD: PASSWORD,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        let banner = '';
        server.stdout.setEncoding('utf8');
        await new Promise<void>(resolve => {
          server.stdout.on('data', text => {
            banner += text;
            if (/sahm_live_\w{36}/.test(banner)) resolve();
          });
        });
        const [url = ''] = /http:\/\/localhost:\d+/.exec(banner) ?? [];
        const [key = ''] = /sahm_live_\w{36}/.exec(banner) ?? [];
        const { stdout } = await run(
          ['sign-in', 'mover@example.com'],
          { SAHM_URL: url.replace('localhost', '127.0.0.1') },
          `${PASSWORD}\n`,
        );
        const file = join(directory, 'moved.backup');
        const there = {
          SAHM_URL: url.replace('localhost', '127.0.0.1'),
          SAHM_TOKEN: stdout.trim(),
        };
        expect((await run(['backup', file], there)).code).toBe(0);
        const target = await openTestDatabase();
        try {
          const env = {
            DATA_DIR: dataDir,
            DATABASE_URL: target.url as string,
            LOG_LEVEL: 'silent',
          };
          const restored = await run(['restore', file], env);
          expect(restored).toMatchObject({ code: 0, stderr: '' });
          const { last4 } = await target.prisma.licenseKey.findFirstOrThrow();
          expect(last4).toBe(key.slice(-4));
        } finally {
          await target.close();
        }
      } finally {
        server.kill('SIGTERM');
        await new Promise(resolve => server.once('exit', resolve));
      }
    },
    240_000,
  );
});
