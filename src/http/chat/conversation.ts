import type { IncomingHttpHeaders } from 'node:http';

/** Our own header, then Claude Code's and Codex's. */
const NAMES = ['x-sahm-turn', 'x-claude-code-session-id', 'session-id', 'session_id'];
/** The known clients send UUIDs. */
const LONGEST = 200;

/** The client's name for the conversation of a request; undefined if it sends none. */
export function conversationOf(headers: IncomingHttpHeaders): string | undefined {
  const named = NAMES.map(name => String(headers[name] ?? '').trim()).find(value => value !== '');
  return named?.slice(0, LONGEST);
}
