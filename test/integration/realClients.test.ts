// Programs that bot developers run, as they run them: PHP, Python with `requests`, and a page in a browser.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { findProgram } from '../harness/program.js';
import { type Service, startService } from '../harness/service.js';
import { testWhere } from '../harness/testWhere.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const TIMEOUT_MS = 180_000;
const run = promisify(execFile);

const hasModule = (program: string, args: string[]) => spawnSync(program, args).status === 0;
const testPhp = testWhere(
  hasModule('php', ['-r', 'exit(function_exists("curl_init") ? 0 : 1);']),
  'php-cli',
  'php-curl',
);
const testPython = testWhere(hasModule('python3', ['-c', 'import requests']), 'python3-requests');
const testBrowser = testWhere(findProgram('chromium') !== undefined, 'chromium');

let page: Fake;
let service: Service;
let directory: string;
let key: string;
let emptyKey: string;
beforeAll(async () => {
  page = await startHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
  });
  service = await startService({ faults: ['turns-2'], env: { CORS_ORIGINS: page.origin } });
  directory = await mkdtemp(join(tmpdir(), 'sahm-clients-'));
  key = (await service.issue('pro')).key;
  const empty = await service.issue('pro');
  emptyKey = empty.key;
  await service.deps.admin.licenses.change(empty.id, { limits: { openrouter: 0 } }, SYSTEM);
});
afterAll(async () => {
  await service?.close();
  await page?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What the script prints, as JSON. */
async function runScript(program: string, name: string, script: string, args: string[]) {
  const file = join(directory, name);
  await writeFile(file, script);
  const { stdout } = await run(program, [file, service.url, ...args], { timeout: TIMEOUT_MS });
  return JSON.parse(stdout);
}

const PHP = `<?php
[, $url, $key, $how] = $argv;
$body = ['api_key' => $key, 'model' => '${LIGHT}', 'prompt' => 'سلام', 'messages' => []];
$json = json_encode($body);
$typed = ['Content-Type: application/json'];
if (str_starts_with($how, 'curl')) {
    $curl = curl_init("$url/api/chat_v3");
    curl_setopt($curl, CURLOPT_POST, true);
    curl_setopt($curl, CURLOPT_POSTFIELDS, $how === 'curl with a form' ? ['api_key' => $key] : $json);
    if ($how === 'curl with the header') curl_setopt($curl, CURLOPT_HTTPHEADER, $typed);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    $text = curl_exec($curl);
    $status = curl_getinfo($curl, CURLINFO_HTTP_CODE);
} else {
    $http = ['method' => 'POST', 'content' => $json, 'ignore_errors' => true];
    if ($how === 'file_get_contents with the header') $http['header'] = $typed;
    $text = @file_get_contents("$url/api/chat_v3", false, stream_context_create(['http' => $http]));
    $status = (int) explode(' ', $http_response_header[0])[1];
}
echo json_encode(['status' => $status, 'body' => json_decode($text, true)]);
`;

describe('PHP', () => {
  testPhp.each([
    'curl without the header',
    'curl with the header',
    'file_get_contents without the header',
    'file_get_contents with the header',
  ])('%s is answered, and at an empty quota told so', async how => {
    expect(await runScript('php', 'chat.php', PHP, [key, how])).toMatchObject({
      status: 200,
      body: { error: false, reply: '[sandbox] You said: سلام', plan: 'pro' },
    });
    expect(await runScript('php', 'chat.php', PHP, [emptyKey, how])).toMatchObject({
      status: 429,
      body: {
        error: true,
        code: 'quota_exhausted',
        message: 'سقف ماهانه OpenRouter شما تمام شده است.',
      },
    });
  });

  testPhp('a form is refused with the JSON that it should have been', async () => {
    const { status, body } = await runScript('php', 'chat.php', PHP, [key, 'curl with a form']);
    expect(status).toBe(415);
    expect(body.message).toContain('{"api_key"');
  });
});

/** It puts a stream together as the official client does. */
const PYTHON = `
import json, sys
import requests

url, key, model = sys.argv[1:4]
headers = {"Authorization": f"Bearer {key}"}
tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]

def accumulate(known, delta):
    for name, value in delta.items():
        if name not in known or known[name] is None:
            known[name] = value
        elif name in ("index", "type"):
            known[name] = value
        elif isinstance(value, str):
            known[name] += value
        elif isinstance(value, dict):
            accumulate(known[name], value)
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict) and "index" in entry and entry["index"] < len(known[name]):
                    accumulate(known[name][entry["index"]], entry)
                else:
                    known[name].append(entry)
    return known

def ask(messages, stream):
    body = {"model": model, "messages": messages, "tools": tools, "stream": stream}
    answer = requests.post(f"{url}/v1/chat/completions", json=body, headers=headers, stream=stream)
    if answer.status_code != 200:
        print(json.dumps({"status": answer.status_code, "body": answer.json(), "again": answer.headers.get("x-should-retry")}))
        sys.exit()
    if not stream:
        return answer.json()["choices"][0]["message"]
    message = {}
    for line in answer.iter_lines():
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                accumulate(message, choice["delta"])
    for call in message.get("tool_calls", []):
        call.pop("index")
    return message

turns = {}
for stream in (False, True):
    messages = [{"role": "user", "content": "سلام"}]
    for turn in range(10):
        message = ask(messages, stream)
        messages.append(message)
        if not message.get("tool_calls"):
            break
        for call in message["tool_calls"]:
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": "42"})
    turns["streamed" if stream else "whole"] = [turn, message["role"], message["content"]]
print(json.dumps(turns))
`;

describe('Python', () => {
  testPython('requests finishes a task of tool turns, whole and streamed', async () => {
    const said = [2, 'assistant', '[sandbox] You said: سلام'];
    const turns = await runScript('python3', 'agent.py', PYTHON, [key, 'fault/turns-2']);
    expect(turns).toEqual({ whole: said, streamed: said });
  });

  testPython('requests is told of an empty quota', async () => {
    expect(await runScript('python3', 'agent.py', PYTHON, [emptyKey, LIGHT])).toMatchObject({
      status: 429,
      body: { error: { code: 'quota_exhausted' }, quota: { remaining: 0, charged: 0 } },
      again: 'false',
    });
  });
});

const PAGE = `<!doctype html><title>A page of another origin</title><pre id="said">nothing</pre><script type="module">
const [url, key] = decodeURIComponent(location.hash.slice(1)).split(' ');
const said = {};
try {
  const body = { model: '${LIGHT}', messages: [{ role: 'user', content: 'x' }] };
  const answer = await fetch(url + '/v1/chat/completions', {
    method: 'POST',
    headers: { Authorization: 'Bearer ' + key, 'Content-Type': 'application/json', 'x-stainless-lang': 'js' },
    body: JSON.stringify(body),
  });
  said.openai = [answer.status, answer.headers.get('x-quota-charged'), (await answer.json()).object];
  // A string has no JSON type, and needs no permission before it is sent.
  const simple = await fetch(url + '/api/chat_v3', {
    method: 'POST',
    body: JSON.stringify({ api_key: key, model: '${LIGHT}', prompt: 'x' }),
  });
  said.myaihub = [simple.status, (await simple.json()).error];
} catch (error) {
  said.error = String(error);
}
document.querySelector('#said').textContent = JSON.stringify(said);
</script>`;

/** What the page says in the end. */
async function openPage(origin: string) {
  const profile = await mkdtemp(join(directory, 'profile-'));
  const { stdout } = await run(
    'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      ...[`--user-data-dir=${profile}`, '--virtual-time-budget=20000', '--dump-dom'],
      `${origin}/#${encodeURIComponent(`${service.url} ${key}`)}`,
    ],
    { timeout: TIMEOUT_MS },
  );
  const text = /<pre id="said">(.*?)<\/pre>/s.exec(stdout)?.[1] ?? '';
  return JSON.parse(text.replaceAll('&quot;', '"'));
}

describe('a page in a browser', () => {
  testBrowser(
    'of an origin that is allowed is answered, and reads what it cost',
    async () => {
      expect(await openPage(page.origin)).toEqual({
        openai: [200, '1', 'chat.completion'],
        myaihub: [200, false],
      });
    },
    TIMEOUT_MS,
  );

  testBrowser(
    'of another origin reads nothing',
    async () => {
      // The same page at another name is another origin.
      const other = page.origin.replace('127.0.0.1', 'localhost');
      expect(await openPage(other)).toEqual({ error: expect.stringContaining('Failed to fetch') });
    },
    TIMEOUT_MS,
  );
});
