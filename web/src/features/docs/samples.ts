// Requests as code that works when pasted: with this server's address, in four programming languages.

export const PROGRAM_LANGUAGES = ['curl', 'javascript', 'python', 'php'] as const;
export type ProgramLanguage = (typeof PROGRAM_LANGUAGES)[number];
export const PROGRAM_NAMES: Record<ProgramLanguage, string> = {
  curl: 'curl',
  javascript: 'JavaScript',
  python: 'Python',
  php: 'PHP',
};

/** `chat_v3`: the short form. `openai`: the one of OpenAI's clients. */
export type SampleForm = 'chat_v3' | 'openai' | 'embeddings';

export const KEY_PLACEHOLDER = 'YOUR_LICENSE_KEY';
const TINY_IMAGE = 'data:image/png;base64,iVBORw0KGgo...';

export interface Sample {
  form: SampleForm;
  model: string;
  prompt: string;
  key: string;
  withImage?: boolean;
  stream?: boolean;
}

type Json = string | number | boolean | Json[] | { [name: string]: Json };

interface Call {
  url: string;
  headers: Record<string, string>;
  body: { [name: string]: Json };
  /** The expression that reads the answer, for each language. */
  answer: Record<'javascript' | 'python' | 'php', string>;
}

export function sampleCode(sample: Sample, language: ProgramLanguage): string {
  const isChat = sample.form === 'openai';
  if (isChat && language === 'javascript') return openAiJavaScript(sample);
  if (isChat && language === 'python') return openAiPython(sample);
  return WRITERS[language](callOf(sample));
}

function callOf({ form, model, prompt, key, withImage, stream }: Sample): Call {
  const bearer = { Authorization: `Bearer ${key}` };
  if (form === 'embeddings') {
    return {
      url: `${location.origin}/v1/embeddings`,
      headers: bearer,
      body: { model, input: prompt },
      answer: {
        javascript: 'console.log(data.data[0].embedding.length);',
        python: 'print(len(data["data"][0]["embedding"]))',
        php: 'echo count($data["data"][0]["embedding"]);',
      },
    };
  }
  if (form === 'openai') {
    return {
      url: `${location.origin}/v1/chat/completions`,
      headers: bearer,
      body: {
        model,
        messages: messagesOf(prompt, withImage),
        ...(stream && { stream: true }),
      },
      answer: {
        javascript: 'console.log(data.choices[0].message.content);',
        python: 'print(data["choices"][0]["message"]["content"])',
        php: 'echo $data["choices"][0]["message"]["content"] ?? $data["error"]["message"];',
      },
    };
  }
  return {
    url: `${location.origin}/api/chat_v3`,
    headers: {},
    body: {
      api_key: key,
      model,
      prompt,
      ...(withImage && { image_url: TINY_IMAGE }),
      ...(stream && { stream: true }),
    },
    answer: {
      javascript:
        'if (data.error) console.error(data.code, data.message);\nelse console.log(data.reply, data.usage);',
      python: 'print(data["message"] if data["error"] else data["reply"])',
      php: 'echo $data["error"] ? $data["message"] : $data["reply"];',
    },
  };
}

function messagesOf(prompt: string, withImage = false): Json {
  const image = { type: 'image_url', image_url: { url: TINY_IMAGE } };
  return [{ role: 'user', content: withImage ? [{ type: 'text', text: prompt }, image] : prompt }];
}

const WRITERS: Record<ProgramLanguage, (call: Call) => string> = {
  curl({ url, headers, body }) {
    const lines = Object.entries({ ...headers, 'Content-Type': 'application/json' }).map(
      ([name, value]) => `  -H "${name}: ${value}" \\`,
    );
    // A single quote would end the shell's word.
    const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''").replaceAll('\n', '\n  ');
    // Without it curl keeps what arrives until there is more.
    const atOnce = body.stream === true ? ' -N' : '';
    return `curl${atOnce} ${url} \\\n${lines.join('\n')}\n  -d '${json}'`;
  },
  javascript({ url, headers, body, answer }) {
    const sent = indented(
      literal({ ...headers, 'Content-Type': 'application/json' }, JAVASCRIPT),
      2,
    );
    return `const response = await fetch('${url}', {
  method: 'POST',
  headers: ${sent},
  body: JSON.stringify(${indented(literal(body, JAVASCRIPT), 2)}),
});
const data = await response.json();
${answer.javascript}`;
  },
  python({ url, headers, body, answer }) {
    const sent =
      Object.keys(headers).length > 0 ? `\n    headers=${literal(headers, PYTHON)},` : '';
    return `import requests

response = requests.post(
    "${url}",${indented(sent, 2)}
    json=${indented(literal(body, PYTHON), 4)},
    timeout=60,
)
data = response.json()
${answer.python}`;
  },
  php({ url, headers, body, answer }) {
    const lines = Object.entries({ ...headers, 'Content-Type': 'application/json' })
      .map(([name, value]) => `        "${name}: ${value}",`)
      .join('\n');
    return `<?php
$call = curl_init("${url}");
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 60,
    CURLOPT_HTTPHEADER => [
${lines}
    ],
    CURLOPT_POSTFIELDS => json_encode(${indented(literal(body, PHP), 4)}),
]);
$data = json_decode(curl_exec($call), true);
${answer.php}`;
  },
};

function openAiJavaScript({ model, prompt, key, withImage, stream }: Sample): string {
  const messages = indented(literal(messagesOf(prompt, withImage), JAVASCRIPT), 2);
  const end = stream
    ? `for await (const chunk of answer) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
}`
    : 'console.log(answer.choices[0].message.content);';
  return `// npm install openai
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${location.origin}/v1',
  apiKey: '${key}',
});
const answer = await client.chat.completions.create({
  model: '${model}',
  messages: ${messages},${stream ? '\n  stream: true,' : ''}
});
${end}`;
}

function openAiPython({ model, prompt, key, withImage, stream }: Sample): string {
  const messages = indented(literal(messagesOf(prompt, withImage), PYTHON), 4);
  const end = stream
    ? `for chunk in answer:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`
    : 'print(answer.choices[0].message.content)';
  return `# pip install openai
from openai import OpenAI

client = OpenAI(
    base_url="${location.origin}/v1",
    api_key="${key}",
)
answer = client.chat.completions.create(
    model="${model}",
    messages=${messages},${stream ? '\n    stream=True,' : ''}
)
${end}`;
}

/** How a language writes values. */
interface Notation {
  indent: number;
  list: [open: string, close: string];
  map: [open: string, close: string];
  text(value: string): string;
  yes: string;
  no: string;
  pair(name: string, value: string): string;
}

const quoted = (value: string) => JSON.stringify(value);
const JAVASCRIPT: Notation = {
  indent: 2,
  list: ['[', ']'],
  map: ['{', '}'],
  text: value => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  yes: 'true',
  no: 'false',
  pair: (name, value) => `${/^\w+$/.test(name) ? name : `'${name}'`}: ${value}`,
};
const PYTHON: Notation = {
  indent: 4,
  list: ['[', ']'],
  map: ['{', '}'],
  text: quoted,
  yes: 'True',
  no: 'False',
  pair: (name, value) => `${quoted(name)}: ${value}`,
};
const PHP: Notation = {
  indent: 4,
  list: ['[', ']'],
  map: ['[', ']'],
  // PHP would fill in what follows a dollar sign.
  text: value => quoted(value).replaceAll('$', '\\$'),
  yes: 'true',
  no: 'false',
  pair: (name, value) => `${quoted(name)} => ${value}`,
};

function literal(value: Json, notation: Notation): string {
  if (typeof value === 'string') return notation.text(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? notation.yes : notation.no;
  if (Array.isArray(value)) {
    return written(
      value.map(each => literal(each, notation)),
      notation.list,
      notation,
    );
  }
  const pairs = Object.entries(value).map(([name, each]) =>
    notation.pair(name, literal(each, notation)),
  );
  return written(pairs, notation.map, notation);
}

const LONGEST_LINE = 56;

/** Writes short lists on one line. */
function written(parts: string[], [open, close]: [string, string], { indent }: Notation): string {
  const line = `${open}${parts.join(', ')}${close}`;
  if (parts.length < 2 && !line.includes('\n') && line.length < LONGEST_LINE) return line;
  if (!line.includes('\n') && line.length < LONGEST_LINE && parts.length < 3) return line;
  return `${open}\n${parts.map(part => `${' '.repeat(indent)}${indented(part, indent)},`).join('\n')}\n${close}`;
}

function indented(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}
