// `sahm connect`: a client's own configuration is written, tried, and put back.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { hasTerminal, run, runAtTerminal } from '../harness/commandLine.js';
import { type Service, startService } from '../harness/service.js';
import { testWhere } from '../harness/testWhere.js';

const MODEL = 'openai/gpt-4o-mini';

let service: Service;
let key: string;
let home: string;
beforeAll(async () => {
  service = await startService();
  key = (await service.issue('pro')).key;
});
afterAll(() => service.close());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sahm-home-'));
});

const env = (more: object = {}) => ({
  HOME: home,
  SAHM_URL: `${service.url}/`,
  SAHM_KEY: key,
  ...more,
});
const read = (file: string) => readFile(join(home, file), 'utf8');
async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(home, file)), { recursive: true });
  await writeFile(join(home, file), text);
}

const CLAUDE = '.claude/settings.json';
const OPENCODE = '.config/opencode/opencode.json';
const CLINE = '.cline/data/settings/providers.json';
const CODEX = '.codex/config.toml';

test.each([
  ['claude', CLAUDE, 'anthropic/claude-haiku-4.5'],
  ['opencode', OPENCODE, MODEL],
])(
  '%s: other settings stay, one request is tried, and undo restores the file',
  async (client, file, model) => {
    const before = '{\n    "theme": "dark",\n    "env": { "OTHER": "1" }\n}';
    await put(file, before);
    const args = client === 'claude' ? [] : ['--model', 'gpt-4o-mini'];
    const ran = await run(['connect', client, '--yes', ...args], env());
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(`${model} answers. Left this month: OpenRouter `);
    expect(ran.stdout + ran.stderr).not.toContain(key);
    const after = await read(file);
    expect(JSON.parse(after)).toMatchObject({ theme: 'dark', env: { OTHER: '1' } });
    expect(after).toContain(key);
    expect(after).toContain(`"${service.url}`);
    expect(after).toMatch(/^ {4}"theme"/m);
    expect((await stat(join(home, file))).mode & 0o777).toBe(0o600);
    expect((await run(['connect', client, '--undo', '--yes'], env())).code).toBe(0);
    expect(await read(file)).toBe(before);
  },
);

test('cline: a file that was not there is gone after undo', async () => {
  const { stdout } = await run(['connect', 'cline', '--yes', '--model', MODEL], env());
  expect(stdout).toContain(`${MODEL} answers. Left this month: OpenRouter `);
  expect(JSON.parse(await read(CLINE))).toMatchObject({
    lastUsedProvider: 'openai-compatible',
    providers: { 'openai-compatible': { settings: { apiKey: key, model: MODEL } } },
  });
  expect((await run(['connect', 'cline', '--undo', '--yes'], env())).code).toBe(0);
  expect(existsSync(join(home, CLINE))).toBe(false);
});

test('codex: comments and tables stay; a second connection replaces the first, and undo goes back behind both', async () => {
  const before = '# mine\nmodel = "gpt-5"\n\n[model_providers.other]\nname = "x"\n';
  await put(CODEX, before);
  for (const model of [MODEL, 'qwen/qwen-2.5-7b-instruct']) {
    // Whether its one request is answered is Responses' own affair: the file is written before.
    const { stdout } = await run(['connect', 'codex', '--yes', '--model', model], env());
    expect(stdout).toContain('+ model = ');
    expect(stdout).not.toContain(key);
  }
  expect(await read(CODEX)).toBe(
    [
      'model = "qwen/qwen-2.5-7b-instruct"',
      'model_provider = "sahm"',
      '# mine',
      '',
      '[model_providers.other]',
      'name = "x"',
      '',
      '[model_providers.sahm]',
      'name = "Sahm"',
      `base_url = "${service.url}/v1"`,
      'wire_api = "responses"',
      `http_headers = { "Authorization" = "Bearer ${key}" }`,
      '',
    ].join('\n'),
  );
  expect((await run(['connect', 'codex', '--undo', '--yes'], env())).code).toBe(0);
  expect(await read(CODEX)).toBe(before);
});

test('nothing is written without a yes, with a wrong key, or into a file that is no plain JSON', async () => {
  const unsure = await run(['connect', 'claude'], env());
  expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
  const wrong = await run(['connect', 'claude', '--yes'], env({ SAHM_KEY: 'no' }));
  expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('license key') });
  expect(existsSync(join(home, CLAUDE))).toBe(false);
  await put(OPENCODE, '{ // mine\n}');
  const commented = await run(['connect', 'opencode', '--yes'], env());
  expect(commented).toMatchObject({ code: 2, stderr: expect.stringContaining('by hand') });
  expect(await read(OPENCODE)).toBe('{ // mine\n}');
});

testWhere(hasTerminal, 'util-linux')(
  'at a terminal the key is typed and not shown, and the change is asked for',
  async () => {
    const typed = env({ SAHM_KEY: '' });
    const no = await runAtTerminal(['connect', 'claude'], typed, [key, 'n']);
    expect(no.code).toBe(1);
    expect(no.shown).toContain('"ANTHROPIC_AUTH_TOKEN": "…"');
    expect(no.shown).not.toContain(key);
    expect(existsSync(join(home, CLAUDE))).toBe(false);
    await rm(home, { recursive: true });
  },
);
