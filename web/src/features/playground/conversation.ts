// The data of a conversation.

import { newId } from '../../ui/newId.js';
import type { Attachment } from './attachments.js';

/** The charge of a request, once it is known. */
export interface Charge {
  units: number;
  /** Requests or micro-dollars. */
  unit: string;
  provider: string | null;
  costMicros: number | null;
}

export type ReplyState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

export interface Reply {
  model: string;
  state: ReplyState;
  /** The id of the request, to look the charge up. */
  requestId: string | null;
  /** The id in the list of the license's requests; null before the first piece. */
  chatId: string | null;
  text: string;
  reasoning: string;
  /** Pictures that the model made, as data URLs. */
  pictures: string[];
  finishReason: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  firstWordMs: number | null;
  wholeMs: number | null;
  charge: Charge | null;
  error: { message: string; code: string; requestId: string | null } | null;
}

export interface Turn {
  id: string;
  text: string;
  attachments: Attachment[];
  /** One for each model that was asked. */
  replies: Reply[];
}

export interface Conversation {
  id: string;
  changedAt: string;
  system: string;
  turns: Turn[];
}

export function newConversation(): Conversation {
  return { id: newId(), changedAt: new Date().toISOString(), system: '', turns: [] };
}

export function newReply(model: string): Reply {
  return {
    model,
    state: 'waiting',
    requestId: null,
    chatId: null,
    text: '',
    reasoning: '',
    pictures: [],
    finishReason: null,
    promptTokens: null,
    completionTokens: null,
    firstWordMs: null,
    wholeMs: null,
    charge: null,
    error: null,
  };
}

const TITLE_LENGTH = 60;

export function titleOf({ turns }: Conversation): string {
  const [first] = turns;
  const text = first?.text.trim() || first?.attachments[0]?.name || '';
  return text.length > TITLE_LENGTH ? `${text.slice(0, TITLE_LENGTH)}…` : text;
}

export function withReply(
  conversation: Conversation,
  turnId: string,
  place: number,
  change: (reply: Reply) => Reply,
): Conversation {
  const turns = conversation.turns.map(turn =>
    turn.id === turnId
      ? {
          ...turn,
          replies: turn.replies.map((reply, at) => (at === place ? change(reply) : reply)),
        }
      : turn,
  );
  return { ...conversation, turns };
}

export function isUnderWay({ turns }: Conversation): boolean {
  const last = turns.at(-1);
  return last?.replies.some(({ state }) => state === 'waiting' || state === 'streaming') ?? false;
}
