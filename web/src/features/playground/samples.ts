// The request as code, in four languages and both forms.

import type { bodyOf } from './request.js';

export const LANGUAGES = ['curl', 'JavaScript', 'Python', 'PHP'] as const;
export type SampleLanguage = (typeof LANGUAGES)[number];
export const DIALECTS = ['OpenAI', 'chat_v3'] as const;
export type Dialect = (typeof DIALECTS)[number];

const KEY = 'YOUR_LICENSE_KEY';
const LONGEST_DATA = 60;

type Body = ReturnType<typeof bodyOf>;

interface Request {
  url: string;
  headers: Record<string, string>;
  body: object;
  /** The path to the answer's text. */
  answer: string[];
}

export function sampleOf(body: Body, language: SampleLanguage, dialect: Dialect): string {
  const request = dialect === 'OpenAI' ? openai(body) : chatV3(body);
  return WRITERS[language](request);
}

function openai(body: Body): Request {
  return {
    url: `${location.origin}/v1/chat/completions`,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}` },
    body: shortened(body),
    answer: ['choices', '0', 'message', 'content'],
  };
}

/** The last message as the prompt, the earlier ones as `messages`, and one picture. */
function chatV3({ model, messages }: Body): Request {
  const history = messages
    .slice(0, -1)
    .map(({ role, content }) => ({ role, content: textOf(content) }));
  const last = messages.at(-1)?.content ?? '';
  const picture = Array.isArray(last) && last.find(({ type }) => type === 'image_url');
  const body = {
    api_key: KEY,
    model,
    ...(history.length > 0 && { messages: history }),
    prompt: textOf(last),
    ...(picture && { image_url: 'data:image/png;base64,...' }),
  };
  return {
    url: `${location.origin}/api/chat_v3`,
    headers: { 'Content-Type': 'application/json' },
    body: shortened(body),
    answer: ['reply'],
  };
}

function textOf(content: string | Array<Record<string, unknown>>): string {
  if (typeof content === 'string') return content;
  return content.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}

/** Shortens the data of pictures. */
function shortened<Value>(value: Value): Value {
  const text = JSON.stringify(value, (name, each) => {
    if (typeof each !== 'string' || each.length <= LONGEST_DATA) return each;
    if (name === 'data') return '...';
    return each.startsWith('data:') ? `${each.slice(0, each.indexOf(',') + 1)}...` : each;
  });
  return JSON.parse(text);
}

const WRITERS: Record<SampleLanguage, (request: Request) => string> = {
  curl({ url, headers, body }) {
    const lines = Object.entries(headers).map(([name, value]) => `  -H "${name}: ${value}" \\\n`);
    const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
    return `curl ${url} \\\n${lines.join('')}  -d '${json}'`;
  },
  JavaScript({ url, headers, body, answer }) {
    const options = `{
  method: 'POST',
  headers: ${indented(JSON.stringify(headers, null, 2))},
  body: JSON.stringify(${indented(JSON.stringify(body, null, 2))}),
}`;
    const path = answer.map(name => (/^\d/.test(name) ? `[${name}]` : `.${name}`)).join('');
    return `const response = await fetch('${url}', ${options});
const data = await response.json();
console.log(response.ok ? data${path} : data);`;
  },
  Python({ url, headers, body, answer }) {
    const path = answer.map(name => (/^\d/.test(name) ? `[${name}]` : `["${name}"]`)).join('');
    return `import requests

response = requests.post(
    "${url}",
    headers=${python(headers, 1)},
    json=${python(body, 1)},
    timeout=120,
)
data = response.json()
print(data${path} if response.ok else data)`;
  },
  PHP({ url, headers, body, answer }) {
    const lines = Object.entries(headers).map(([name, value]) => `        '${name}: ${value}',\n`);
    const path = answer.map(name => (/^\d/.test(name) ? `[${name}]` : `['${name}']`)).join('');
    return `<?php
$request = curl_init('${url}');
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
${lines.join('')}    ],
    CURLOPT_POSTFIELDS => json_encode(${php(body, 1)}),
]);
$data = json_decode(curl_exec($request), true);
echo $data${path} ?? $data['error']['message'] ?? $data['message'];`;
  },
};

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

function python(value: unknown, depth: number): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null) return 'None';
  return nested(value, depth, python, { list: '[]', record: '{}', sign: ': ' }, JSON.stringify);
}

function php(value: unknown, depth: number): string {
  const quoted = (text: unknown) =>
    typeof text === 'string'
      ? `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
      : JSON.stringify(text);
  return nested(value, depth, php, { list: '[]', record: '[]', sign: ' => ' }, quoted);
}

interface Form {
  list: string;
  record: string;
  sign: string;
}

function nested(
  value: unknown,
  depth: number,
  write: (value: unknown, depth: number) => string,
  { list, record, sign }: Form,
  plain: (value: unknown) => string,
): string {
  if (typeof value !== 'object' || value === null) return plain(value);
  const brackets = Array.isArray(value) ? list : record;
  const lines = Array.isArray(value)
    ? value.map(each => write(each, depth + 1))
    : Object.entries(value).map(([name, each]) => plain(name) + sign + write(each, depth + 1));
  const pad = '    '.repeat(depth);
  return `${brackets[0]}\n${lines.map(line => `${pad}    ${line},\n`).join('')}${pad}${brackets[1]}`;
}
