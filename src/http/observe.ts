// How each chat ended, for the metrics and the counters of refusals: noted by whoever writes the
// answer, reported once it is gone. It costs a request one listener.

import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Provider } from '../domain/provider.js';
import type { Refusal } from '../domain/refusal.js';

export interface ObservedChat {
  dialect: string;
  /** Empty where no provider had been chosen. */
  provider: Provider | '';
  /** `success`, `client_left`, or the code of the refusal. */
  outcome: string;
  /** The refusal's message key; for the others as `outcome`. */
  reason: string;
}

const NOTE = Symbol('what is known of the answer');
type Noted = ServerResponse & { [NOTE]?: { provider?: Provider; refusal?: Refusal } };

export function noteProvider(response: ServerResponse, provider: Provider): void {
  const noted = response as Noted;
  noted[NOTE] = { ...noted[NOTE], provider };
}

export function noteRefusal(response: ServerResponse, refusal: Refusal): void {
  const noted = response as Noted;
  noted[NOTE] = { ...noted[NOTE], refusal };
}

/** The dialect of a path that takes chats, or undefined. */
function dialectOf(path: string): string | undefined {
  if (path.startsWith('/api/chat_v3')) return 'myaihub';
  if (/^(?:\/api)?\/v1\/chat\//.test(path)) return 'openai';
  if (path.startsWith('/envelope/')) return 'envelope';
  return undefined;
}

export function observeChats(report: (chat: ObservedChat) => void): RequestHandler {
  return (request, response, next) => {
    const dialect = request.method === 'POST' ? dialectOf(request.path) : undefined;
    if (dialect) {
      response.once('close', () => {
        const { provider, refusal } = (response as Noted)[NOTE] ?? {};
        const ended = response.writableFinished ? 'success' : 'client_left';
        report({
          dialect,
          provider: provider ?? refusal?.provider ?? '',
          outcome: refusal?.code ?? ended,
          reason: refusal?.message.key ?? ended,
        });
      });
    }
    next();
  };
}
