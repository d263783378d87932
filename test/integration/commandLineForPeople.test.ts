// The command line for people: names that they know, secrets at a prompt, questions before acts that cannot be undone,
// sentences for empty results, and every operation of the API.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasTerminal, run, runAtTerminal } from '../harness/commandLine.js';
import { findProgram } from '../harness/program.js';
import { PASSWORD, type Service, startService } from '../harness/service.js';
import { testWhere } from '../harness/testWhere.js';

/** Each command is a process of its own. */
const LONGEST_MS = 240_000;
let service: Service;
let env: Record<string, string>;
const sahm = (...args: string[]) => run(args, env);
const json = async (...args: string[]) => JSON.parse((await sahm('--json', ...args)).stdout);
const issue = (email: string, plan = 'pro') =>
  json('license', 'issue', '--email', email, '--plan', plan);

beforeAll(async () => {
  service = await startService();
  await service.createAdministrator('admin@example.com', 'owner');
  env = { SAHM_URL: service.url };
  const { stdout } = await run(['sign-in', 'admin@example.com'], env, `${PASSWORD}\n`);
  env = { ...env, SAHM_TOKEN: stdout.trim() };
}, LONGEST_MS);
afterAll(() => service.close());

test(
  'every operation of the administration has a command, and its help names what it calls',
  async () => {
    const { body } = await service.call('GET', '/openapi.json');
    const operations = Object.entries(body.paths as Record<string, object>)
      .filter(([path]) => path.startsWith('/admin/api/'))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
      );
    const { commands } = await json('commands');
    const named = commands.map(({ route }: { route: string }) => route.replaceAll('{+', '{'));
    expect(named.sort()).toEqual(operations.sort());
    const words = commands.map(({ command }: { command: string }) => command);
    expect(new Set(words).size).toBe(words.length);
    for (const word of ['license show', 'usage show', 'verify', 'license grant withdraw']) {
      const { route } = commands.find(({ command }: { command: string }) => command === word);
      expect((await sahm(...word.split(' '), '--help')).stdout).toContain(`Calls ${route},`);
    }
  },
  LONGEST_MS,
);

test(
  'the help has choices, formats, defaults and required options',
  async () => {
    const list = (await sahm('license', 'list', '--help')).stdout.replaceAll(/\s+/g, ' ');
    expect(list).toContain('(choices: "active", "suspended", "revoked", "expired")');
    expect(list).toContain('--limit <number> 1 to 200; default 50');
    const issued = (await sahm('license', 'issue', '--help')).stdout.replaceAll(/\s+/g, ' ');
    expect(issued).toMatch(/--plan <plan> [^-]*required/);
    expect(issued).toMatch(/--expires <when> .*2027-02-28.* or none/);
    const missing = await sahm('license', 'issue', '--note', 'x');
    expect(missing).toMatchObject({ code: 2, stderr: 'Missing: --email, --plan.\n' });
    const granted = await sahm('grant', 'a@example.com', '--units', '5');
    expect(granted).toMatchObject({ code: 2, stderr: 'Missing: --reason, --provider.\n' });
    const bulk = await sahm('license', 'bulk', '--changes', '[{"license":"a@example.com"}]');
    expect(bulk).toMatchObject({ code: 2, stderr: 'Missing: --key.\n' });
    const grant = (await sahm('grant', '--help')).stdout.replaceAll(/\s+/g, ' ');
    expect(grant).toMatch(/--units <number> .*needs --provider and --reason/);
    const change = (await sahm('license', 'change', '--help')).stdout;
    expect(change).not.toMatch(/\bnull\b|true:/);
    expect((await sahm('export', '--help')).stdout).toContain('requests.jsonl');
    const action = await sahm('audit', '--action', 'nonsense');
    expect([action.code, action.stderr]).toEqual([2, expect.stringContaining('license.suspend')]);
  },
  LONGEST_MS,
);

test(
  'a word that is no command is named, with the commands that were probably meant',
  async () => {
    for (const [typed, meant] of [
      ['license resume bob@example.com', 'sahm license reinstate?'],
      ['grant withdraw bob@example.com', 'sahm license grant withdraw?'],
      ['statement --help', 'sahm license statement show?'],
      ['licnse timeline', 'sahm license timeline?'],
      ['nonsense', 'sahm --help shows all'],
    ] as const) {
      const { code, stderr } = await sahm(...typed.split(' '));
      expect([typed, code, stderr]).toEqual([typed, 2, expect.stringContaining(meant)]);
    }
    expect((await sahm('license', '--help')).stdout).toContain('Without a further word: list.');
  },
  LONGEST_MS,
);

test(
  'below an answer stand the settings, the reason and that a key is shown once, not in the JSON',
  async () => {
    const issued = await sahm('license', 'issue', '--email', 'told@example.com', '--plan', 'vip');
    expect(issued.stdout).toContain('The key is shown only now');
    const change = ['license', 'change', 'told@example.com', '--limits-openai', '1'];
    expect((await sahm(...change, '--rate-limit', '30')).stdout).toContain(
      'Set: limits (openai 1), rate limit 30.',
    );
    const suspended = ['license', 'suspend', 'told@example.com', '--reason', 'shared'];
    expect(Object.keys(await json(...suspended))).toEqual(['license']);
    expect((await sahm(...suspended)).stdout).toContain('Reason: shared');
    await sahm('license', 'reinstate', 'told@example.com');
    const rotated = await json('license', 'rotate', 'told@example.com', '--grace', '7d');
    const left = Date.parse(rotated.previous_key_valid_until) - Date.now();
    expect(Math.round(left / 86_400_000)).toBe(7);
    expect((await sahm('license', 'rotate', 'told@example.com', '--grace', '7 days')).code).toBe(2);
  },
  LONGEST_MS,
);

test(
  'a license is named by its buyer’s e-mail address, by its id, or by its key at a prompt',
  async () => {
    const { license, key } = await issue('one@example.com');
    for (const name of ['one@example.com', license.id]) {
      expect((await json('license', 'show', name)).license.id).toBe(license.id);
    }
    const typed = await run(['--json', 'license', 'show', '-'], env, `${key}\n`);
    expect(JSON.parse(typed.stdout).license.id).toBe(license.id);
    const lookedUp = await run(['--json', 'license', 'lookup'], env, `${key}\n`);
    expect(JSON.parse(lookedUp.stdout).license.id).toBe(license.id);
    const filtered = await sahm('notices', '--license', 'one@example.com');
    expect(filtered).toMatchObject({ code: 0, stdout: 'No notices with this license.\n' });
    expect((await sahm('license', 'show')).code).toBe(2);
    expect((await sahm('license', 'show', 'one')).stderr).toContain('no e-mail address');
  },
  LONGEST_MS,
);

test(
  'several licenses of one e-mail address are listed, and none is chosen',
  async () => {
    const first = await issue('two@example.com', 'pro');
    const second = await issue('two@example.com', 'vip');
    const shown = await sahm('license', 'suspend', 'two@example.com');
    expect(shown.code).toBe(2);
    for (const { license } of [first, second]) expect(shown.stderr).toContain(license.id);
    const { error } = await json('license', 'suspend', 'two@example.com');
    expect(error).toMatchObject({ code: 'wrong_usage', details: { licenses: [{}, {}] } });
  },
  LONGEST_MS,
);

test(
  'a key among the arguments is refused and shown nowhere',
  async () => {
    const { key } = await issue('leaked@example.com');
    for (const args of [
      ['license', 'show', key],
      ['license', 'show', key.slice(0, 20)],
      ['license', 'list', `--emial=${key}`],
      ['--json', 'license', 'note', 'leaked@example.com', `was ${key}`],
    ]) {
      const { code, stdout, stderr } = await sahm(...args);
      expect(code).toBe(2);
      expect(stdout + stderr).toContain('sahm license show -');
      expect(stdout + stderr).not.toContain(key.slice(10, 20));
    }
  },
  LONGEST_MS,
);

test(
  'an act that cannot be undone needs a terminal or --yes',
  async () => {
    const { license } = await issue('gone@example.com');
    for (const args of [
      ['license', 'revoke', license.id],
      ['license', 'change', license.id, '--expires', '2020-01-01'],
    ]) {
      const refused = await sahm(...args);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('--yes');
      expect((await json('license', 'show', license.id)).license.status).toBe('active');
    }
    const nextYear = `${new Date().getUTCFullYear() + 1}-01-31`;
    expect((await sahm('license', 'change', license.id, '--expires', nextYear)).code).toBe(0);
    expect((await sahm('license', 'revoke', license.id, '--yes')).stdout).toMatch(
      /status +revoked/,
    );
  },
  LONGEST_MS,
);

test(
  'an undo says what it takes back, and asks what the change would ask; a typed key is told apart',
  async () => {
    const { license, key } = await issue('undone@example.com');
    await sahm('license', 'change', license.id, '--plan', 'vip');
    await sahm('grant', license.id, '--product', '516');
    await sahm('license', 'change', license.id, '--note', 'x');
    const undone = await sahm('license', 'undo', license.id);
    expect(undone.stdout).toMatch(
      /undoes +license\.change by admin@example\.com .*at .* UTC: note x/,
    );
    await sahm('license', 'change', license.id, '--plan', 'pro', '--yes');
    await sahm('license', 'change', license.id, '--plan', 'vip');
    const refused = await sahm('license', 'undo', license.id);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/It undoes .*plan vip → pro/);
    expect(refused.stderr).toContain('50 unspent');
    const bot = await json('license', 'key', 'create', license.id, '--name', 'bot');
    await sahm('license', 'key', 'remove', license.id, 'bot', '--yes');
    const shown = await run(['license', 'show', '-'], env, `${bot.secret}\n`);
    expect(shown.stdout).toMatch(/matched keys +named key bot \(….{4}\), withdrawn 20.* UTC/);
    const master = await run(['license', 'lookup'], env, `${key}\n`);
    expect(master.stdout).toMatch(/matched keys +the master key \(….{4}\)/);
    expect((await sahm('license', 'timeline', license.id)).stdout).toContain(
      'key bot: state active',
    );
  },
  LONGEST_MS,
);

testWhere(hasTerminal, 'util-linux')(
  'at a terminal a question names whom it concerns, and a key is never echoed',
  async () => {
    const { license, key } = await issue('asked@example.com');
    const revoke = ['license', 'revoke', 'asked@example.com'];
    const no = await runAtTerminal(revoke, env, ['n']);
    expect(no.code).toBe(1);
    expect(no.shown).toContain(`License of asked@example.com: ${license.id}  pro, active, key …`);
    expect(no.shown).toContain('for good. This cannot be undone.');
    expect(no.shown).toContain('Nothing was changed.');
    const typed = await runAtTerminal(['license', 'show'], env, [key]);
    expect(typed.shown).toContain(license.id);
    expect(typed.shown).not.toContain(key);
    const yes = await runAtTerminal(revoke, env, ['y']);
    expect(yes.shown).toMatch(/status +revoked/);
  },
  LONGEST_MS,
);

test(
  'with --json an error is one JSON document on the standard output, and the exit code is the same',
  async () => {
    const errors: Array<[code: number, name: string, args: string[]]> = [
      [4, 'not_found', ['license', 'show', 'nobody@example.com']],
      [4, 'not_found', ['license', 'show', '01930000-0000-7000-8000-000000000000']],
      [2, 'invalid_request', ['license', 'issue', '--email', 'a@example.com', '--plan', 'gold']],
      [2, 'wrong_usage', ['license', 'list', '--status', 'happy']],
      [2, 'wrong_usage', ['license', 'list', '--unknown']],
      [2, 'wrong_usage', ['nonsense']],
    ];
    for (const [code, name, args] of errors) {
      const { stderr, ...ran } = await sahm('--json', ...args);
      expect([args, ran.code, JSON.parse(ran.stdout)]).toEqual([
        args,
        code,
        { error: expect.objectContaining({ code: name, message: expect.any(String) }) },
      ]);
      expect(stderr).toBe('');
    }
    const nobody = await run(['--json', 'verify'], { ...env, SAHM_URL: 'http://127.0.0.1:9' });
    expect(nobody.code).toBe(5);
    expect(JSON.parse(nobody.stdout)).toMatchObject({ error: { code: 'no_answer' } });
  },
  LONGEST_MS,
);

test(
  'pages: --limit shortens one, the next one is named, and --all follows them to the end',
  async () => {
    for (const count of [1, 2, 3]) await issue(`page-${count}@example.com`, 'basic');
    const basic = ['license', 'list', '--plan', 'basic'];
    const first = await sahm(...basic, '--limit', '2');
    const [, cursor = ''] = /More: --cursor (\S+), or --all\./.exec(first.stdout) ?? [];
    const second = await json(...basic, '--limit', '2', '--cursor', cursor);
    expect(second.licenses).toHaveLength(1);
    const all = await json(...basic, '--limit', '1', '--all');
    expect(all.licenses).toHaveLength(3);
    expect(all.next_cursor).toBeNull();
  },
  LONGEST_MS,
);

test(
  'no line of a table is wider than the terminal, and columns without room are named',
  async () => {
    await issue('a-buyer-with-a-rather-long-address@shop.example');
    await sahm(
      'license',
      'note',
      'a-buyer-with-a-rather-long-address@shop.example',
      'x'.repeat(300),
    );
    const narrow = await run(['license', 'list'], { ...env, COLUMNS: '80' });
    const lines = narrow.stdout.trimEnd().split('\n');
    expect(Math.max(...lines.slice(0, -1).map(line => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toMatch(/^No room for: .*NOTE/);
    const wide = await run(['license', 'list', '--wide'], { ...env, COLUMNS: '80' });
    expect(wide.stdout).toContain('x'.repeat(300));
  },
  LONGEST_MS,
);

test(
  'dates are in the quotas’ zone, which is named, else in UTC',
  async () => {
    const { license } = await issue('dated@example.com');
    await sahm('license', 'change', license.id, '--expires', '2027-03-01T22:00:00Z');
    const utc = await sahm('license', 'show', license.id);
    expect(utc.stdout).toMatch(/expires +2027-03-01 22:00 UTC/);
    const tehran = await run(['license', 'list', '--email', 'dated@example.com'], {
      ...env,
      QUOTA_TIME_ZONE: 'Asia/Tehran',
    });
    expect(tehran.stdout).toMatch(/EXPIRES \(Asia\/Tehran\)[\s\S]*2027-03-02 01:30/);
  },
  LONGEST_MS,
);

test(
  'limits, expiry and rate limit are set and taken away',
  async () => {
    await issue('limited@example.com', 'vip');
    const change = (...args: string[]) =>
      sahm('license', 'change', 'limited@example.com', ...args, '--yes');
    await change('--limits-openrouter', '5', '--rate-limit', '30', '--expires', '2030-01-01');
    const set = await json('license', 'show', 'limited@example.com');
    expect(set).toMatchObject({ rate_limit: 30, limits: { openrouter: 5, openai: null } });
    expect(set.license.expires_at).toMatch(/^20(?:29|30)-/);
    await change('--limits-openrouter', 'none', '--rate-limit', 'none', '--expires', 'none');
    const taken = await json('license', 'show', 'limited@example.com');
    expect(taken).toMatchObject({ rate_limit: null, limits: { openrouter: null } });
    expect(taken.license.expires_at).toBeNull();
    expect((await change('--rate-limit', 'many')).code).toBe(2);
  },
  LONGEST_MS,
);

test(
  'administrators are named by their e-mail address, and their passwords are asked for',
  async () => {
    const create = ['administrator', 'create', '--email', 'new@example.com', '--role', 'viewer'];
    const made = await run(create, env, 'a password of a new one\n');
    expect(made.stdout).toMatch(/role +viewer/);
    const changed = await sahm('administrator', 'change', 'new@example.com', '--role', 'operator');
    expect(changed.stdout).toMatch(/role +operator/);
    const signedIn = await run(
      ['sign-in', 'new@example.com', '--session'],
      env,
      'a password of a new one\n',
    );
    const own = { ...env, SAHM_TOKEN: signedIn.stdout.trim() };
    expect((await run(['token', 'create', '--name', 'mine'], own)).stdout).toMatch(/sahm_admin_/);
    expect((await run(['token', 'create', '--name', 'mine'], env)).code).toBe(3);
  },
  LONGEST_MS,
);

test(
  'signing in asks for a second factor’s code if the service wants one',
  async () => {
    const asked: unknown[] = [];
    const server = createServer(async (request, response) => {
      const body = JSON.parse(await text(request));
      asked.push(body);
      const wantsCode = request.url === '/admin/api/session' && body.code !== '123456';
      const error = { code: 'second_factor_required', message: 'A code is needed.' };
      response.writeHead(wantsCode ? 401 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(wantsCode ? { error } : { token: 'sahm_admin_x' }));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const at = { SAHM_URL: `http://127.0.0.1:${port}` };
    const signIn = (input: string) => run(['sign-in', 'a@example.com'], at, input);
    expect(await signIn('secret words\n123456\n')).toMatchObject({
      code: 0,
      stdout: 'sahm_admin_x\n',
      stderr: 'Password: Code of the second factor: ',
    });
    expect(asked[1]).toEqual({ email: 'a@example.com', password: 'secret words', code: '123456' });
    expect((await signIn('secret words\n')).code).toBe(2);
    expect((await signIn('secret words\n000000\n')).code).toBe(3);
    await new Promise(resolve => server.close(resolve));
  },
  LONGEST_MS,
);

test(
  'an export goes to the standard output or into a file',
  async () => {
    const { license } = await issue('exported@example.com');
    expect((await sahm('export', 'licenses.csv')).stdout).toContain(`${license.id},exported@`);
    const file = `${service.directory}/licenses.jsonl`;
    expect((await sahm('export', 'licenses.jsonl', file)).stdout).toContain(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await sahm('export', 'nothing.csv')).code).toBe(4);
    const nowhere = await sahm('export', 'licenses.csv', '/nowhere/licenses.csv');
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
  },
  LONGEST_MS,
);

const withZsh = testWhere(findProgram('zsh') !== undefined, 'zsh');
describe('a shell completes commands, options and choices', () => {
  /** What it offers; `equals`: the words that it sees of `--group=m`. */
  async function completion(shell: string, equals: string[]): Promise<string[]> {
    const script = `${service.directory}/completion.${shell}`;
    await writeFile(script, (await sahm('completion', shell)).stdout);
    const offered = (...words: string[]) => {
      const typed = ['sahm', ...words].map(word => `'${word}'`).join(' ');
      const lines = `source '${script}'
COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _sahm; echo "\${COMPREPLY[*]}"`;
      // Its own files stay out of the home folder.
      const own = { ...process.env, HOME: service.directory, ZDOTDIR: service.directory };
      const said = execFileSync(shell, ['-c', lines], { encoding: 'utf8', env: own }).trim();
      // zsh itself leaves out what does not begin so.
      const isMeant = (word: string) => word.startsWith(words.at(-1) ?? '');
      return said.split(' ').filter(isMeant).join(' ');
    };
    return [
      offered('lic'),
      offered('license', 're'),
      offered('licenses', 'list', '--st'),
      offered('license', 'list', '--status', ''),
      offered('usage', '--group', 'm'),
      offered('usage', ...equals),
    ];
  }
  const OFFERED = [
    'license',
    'reinstate revoke requests refusals reveal',
    '--status',
    'active suspended revoked expired',
    'model',
  ];
  const inBash = async () =>
    expect(await completion('bash', ['--group', '=', 'm'])).toEqual([...OFFERED, 'model']);
  const inZsh = async () =>
    expect(await completion('zsh', ['--group=m'])).toEqual([...OFFERED, '--group=model']);
  test('bash', inBash, LONGEST_MS);
  withZsh('zsh, also where nothing has loaded its completion', inZsh, LONGEST_MS);
});

test('npx finds the program executable, and changes nothing in the checkout', () => {
  expect(statSync('scripts/sahm.mjs').mode & 0o111).toBe(0o111);
});
