import type { IncomingHttpHeaders } from 'node:http';

/** Our own name for it, then Claude Code's and Codex's. */
const NAMES = ['x-sahm-turn', 'x-claude-code-session-id', 'session-id', 'session_id'];
/** Those that are known are UUIDs. */
const LONGEST = 200;

/** What the client calls the conversation that a request belongs to; undefined where it does not say. */
export function conversationOf(headers: IncomingHttpHeaders): string | undefined {
  const named = NAMES.map(name => String(headers[name] ?? '').trim()).find(value => value !== '');
  return named?.slice(0, LONGEST);
}
