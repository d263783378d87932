// The settings for each program and library.

import { useTexts } from '../../messages/useTexts.js';

export interface Client {
  id: string;
  name: string;
  text: string;
  code(key: string): string;
}

const MODEL = 'deepseek/deepseek-chat';

const CLIENTS = [
  { id: 'openai', name: 'OpenAI SDK', text: 'openai', code: openAi },
  { id: 'ai-sdk', name: 'Vercel AI SDK', text: 'aiSdk', code: aiSdk },
  { id: 'langchain', name: 'LangChain', text: 'langchain', code: langChain },
  { id: 'php', name: 'PHP (openai-php)', text: 'php', code: php },
  { id: 'curl', name: 'curl', text: 'curl', code: curl },
  { id: 'telegram', name: 'Telegram bot', text: 'telegram', code: telegram },
  { id: 'n8n', name: 'n8n', text: 'n8n', code: n8n },
  { id: 'open-webui', name: 'Open WebUI', text: 'openWebUi', code: openWebUi },
  { id: 'continue', name: 'Continue', text: 'continue', code: continueDev },
  { id: 'aider', name: 'Aider', text: 'aider', code: aider },
] as const;

export function useClients(): Client[] {
  const t = useTexts('docsClients');
  return CLIENTS.map(({ id, name, text, code }) => ({ id, name, text: t(text), code }));
}

function baseUrl(): string {
  return `${location.origin}/v1`;
}

function openAi(key: string): string {
  return `# Python
from openai import OpenAI
client = OpenAI(base_url="${baseUrl()}", api_key="${key}")

// JavaScript
import OpenAI from 'openai';
const client = new OpenAI({ baseURL: '${baseUrl()}', apiKey: '${key}' });`;
}

function aiSdk(): string {
  return `// npm install ai @ai-sdk/openai-compatible
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';

const sahm = createOpenAICompatible({
  name: 'sahm',
  baseURL: '${baseUrl()}',
  apiKey: process.env.LICENSE_KEY,
});
const { textStream } = streamText({ model: sahm('${MODEL}'), prompt: 'Hello!' });
for await (const text of textStream) process.stdout.write(text);`;
}

function langChain(key: string): string {
  return `# pip install langchain-openai
from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    model="${MODEL}",
    base_url="${baseUrl()}",
    api_key="${key}",
)
print(model.invoke("Hello!").content)`;
}

function php(key: string): string {
  return `<?php
// composer require openai-php/client guzzlehttp/guzzle
$client = OpenAI::factory()
    ->withBaseUri("${baseUrl()}")
    ->withApiKey("${key}")
    ->make();
$answer = $client->chat()->create([
    "model" => "${MODEL}",
    "messages" => [["role" => "user", "content" => "Hello!"]],
]);
echo $answer->choices[0]->message->content;`;
}

function curl(key: string): string {
  return `curl ${baseUrl()}/models -H "Authorization: Bearer ${key}"`;
}

function telegram(): string {
  return `# pip install openai python-telegram-bot
import os
from openai import AsyncOpenAI
from telegram.ext import Application, MessageHandler, filters

client = AsyncOpenAI(base_url="${baseUrl()}", api_key=os.environ["LICENSE_KEY"])

async def answer(update, context):
    reply = await client.chat.completions.create(
        model="${MODEL}",
        messages=[{"role": "user", "content": update.message.text}],
    )
    await update.message.reply_text(reply.choices[0].message.content)

bot = Application.builder().token(os.environ["TELEGRAM_TOKEN"]).build()
bot.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, answer))
bot.run_polling()`;
}

function n8n(key: string): string {
  return `API Key:   ${key}
Base URL:  ${baseUrl()}
Model:     ${MODEL}`;
}

function openWebUi(key: string): string {
  return `docker run -d -p 8080:8080 \\
  -e OPENAI_API_BASE_URL=${baseUrl()} \\
  -e OPENAI_API_KEY=${key} \\
  ghcr.io/open-webui/open-webui:main`;
}

function continueDev(key: string): string {
  return `models:
  - name: DeepSeek
    provider: openai
    model: ${MODEL}
    apiBase: ${baseUrl()}
    apiKey: ${key}
    roles: [chat, edit]`;
}

function aider(key: string): string {
  return `export OPENAI_API_BASE=${baseUrl()}
export OPENAI_API_KEY=${key}
aider --model openai/${MODEL}`;
}
