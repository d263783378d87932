// How each chat ended, for the metrics and the counters of refusals: noted by whoever writes the
// answer, reported once it is gone. It costs a request one listener.

import type { ServerResponse } from 'node:http';
import type { Provider } from '../../domain/provider.js';
import type { Refusal } from '../../domain/refusal.js';

export interface ObservedChat {
  dialect: string;
  /** Empty where no provider had been chosen. */
  provider: Provider | '';
  /** `success`, `client_left`, or the code of the refusal. */
  outcome: string;
  /** The refusal's message key; for the others as `outcome`. */
  reason: string;
}

/** What is known of the answer so far. */
interface Note {
  provider: Provider | '';
  refusal: Refusal | null;
}

const NOTE = Symbol('what is known of the answer');
type Noted = ServerResponse & { [NOTE]?: Note };

export function noteProvider(response: ServerResponse, provider: Provider): void {
  const note = (response as Noted)[NOTE];
  if (note) note.provider = provider;
}

export function noteRefusal(response: ServerResponse, refusal: Refusal): void {
  const note = (response as Noted)[NOTE];
  if (note) note.refusal = refusal;
}

/** Reports how the chat ended, once its answer is gone. */
export function observeChat(
  response: ServerResponse,
  dialect: string,
  report: (chat: ObservedChat) => void,
): void {
  const note: Note = { provider: '', refusal: null };
  (response as Noted)[NOTE] = note;
  response.on('close', () => {
    const { provider, refusal } = note;
    const ended = response.writableFinished ? 'success' : 'client_left';
    report({
      dialect,
      provider: provider || (refusal?.provider ?? ''),
      outcome: refusal?.code ?? ended,
      reason: refusal?.message.key ?? ended,
    });
  });
}
