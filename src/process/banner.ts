// What an operator sees after a start: where the service listens, and at the very first start also who may
// sign in and a request that works when pasted. Written to the terminal once, never to the log.

import type { Config } from '../config.js';
import type { Deps } from '../deps/index.js';

export async function welcome(config: Config, port: number, deps: Deps): Promise<void> {
  const url = config.publicUrl ?? `http://localhost:${port}`;
  const lines = [`Sahm listens on ${url}`, `Database: ${describeDatabase(config)}`];
  if (config.webConcurrency > 1) lines.push(`Processes: ${config.webConcurrency}`);
  for (const provider of deps.withoutKey) {
    const how = config.isSandboxOn ? 'the sandbox answers in its place' : 'it is off';
    lines.push(`${provider}: no API key is set, ${how}`);
  }
  if (config.mail.smtpUrl === undefined) {
    lines.push(`Mails: SMTP_URL is not set, they are written to ${config.mail.outbox}`);
  }
  // Created only now that it can be shown: a password that nobody sees helps nobody.
  const first = await deps.ensureFirstAdministrator();
  if (first) {
    lines.push('', `First administrator: ${first.email}`);
    lines.push(`Password: ${first.password ?? 'as set in ADMIN_PASSWORD'} (not shown again)`);
  }
  if (first && !config.isProduction) {
    const key = await deps.issueDemoLicense();
    if (key) lines.push('', 'A license to try it with; paste this:', '', chatCommand(url, key));
  }
  console.log(`\n${lines.join('\n')}\n`);
}

function describeDatabase(config: Config): string {
  return config.databaseUrl ? 'PostgreSQL (DATABASE_URL)' : `embedded, in ${config.dataDir}`;
}

function chatCommand(url: string, key: string): string {
  const body = JSON.stringify({ api_key: key, model: 'deepseek/deepseek-chat', prompt: 'سلام!' });
  return `curl -s ${url}/api/chat_v3 -H 'Content-Type: application/json' -d '${body}'`;
}
