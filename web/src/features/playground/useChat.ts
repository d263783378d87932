// The open conversation: sends and stops, and draws what arrives at most once a frame.

import { useEffect, useSyncExternalStore } from 'react';
import { answerOf, api } from '../../api/client.js';
import { Listeners } from '../../api/listeners.js';
import { Refusal, Unreachable } from '../../api/refusal.js';
import { newId } from '../../ui/newId.js';
import { useTabState } from '../../ui/tabState.js';
import { ask } from './ask.js';
import type { Attachment } from './attachments.js';
import {
  type Charge,
  type Conversation,
  isUnderWay,
  newConversation,
  newReply,
  type Reply,
  withReply,
} from './conversation.js';
import type { Breakdown } from './counters.js';
import { bodyOf, type Settings } from './request.js';

export interface Sent {
  text: string;
  attachments: Attachment[];
  models: string[];
  settings: Settings;
}

export interface Told {
  /** Updates the meters with these counters. */
  count(breakdown: Breakdown): void;
  /** Reads the counters again. */
  recount(): void;
}

/**
 * Holds the open conversation. While an answer grows, only the component that draws it is updated, once a frame. The
 * rest of the page is updated when a message is sent and when an answer is whole.
 */
export class Chat {
  #now = newConversation();
  #live = this.#now;
  #settled = this.#now;
  #frame = 0;
  #stopping: AbortController | null = null;
  readonly #listeners = new Listeners();
  told: Told = { count: () => undefined, recount: () => undefined };

  readonly subscribe = this.#listeners.listen;
  readonly live = (): Conversation => this.#live;
  readonly settled = (): Conversation => this.#settled;
  readonly stop = (): void => this.#stopping?.abort();
  readonly open = (opened: Conversation): void => {
    this.stop();
    this.#settle(opened);
  };
  readonly setSystem = (system: string): void => this.#settle({ ...this.#now, system });

  async send({ text, attachments, models, settings }: Sent): Promise<void> {
    const id = newId();
    const turn = { id, text, attachments, replies: models.map(newReply) };
    const asked = { ...this.#now, turns: [...this.#now.turns, turn] };
    this.#settle({ ...asked, changedAt: new Date().toISOString() });
    const controller = new AbortController();
    this.#stopping = controller;
    const { signal } = controller;
    await Promise.all(
      models.map(async (model, place) => {
        const grow = (change: (reply: Reply) => Reply) => this.#grow(id, place, change);
        const body = bodyOf(asked, place, model, settings);
        const ending = await endOf(
          () => ask(body, signal, { grow, count: this.told.count }),
          signal,
        );
        grow(reply => ({ ...reply, ...ending }));
        this.#settle(this.#now);
        void this.#learnCharge(id, place);
      }),
    );
  }

  /** Sends the last question again, unchanged. */
  async repeat(models: string[], settings: Settings): Promise<void> {
    const last = this.#now.turns.at(-1);
    if (!last) return;
    this.#now = { ...this.#now, turns: this.#now.turns.slice(0, -1) };
    await this.send({ text: last.text, attachments: last.attachments, models, settings });
  }

  #grow(turnId: string, place: number, change: (reply: Reply) => Reply): void {
    this.#now = withReply(this.#now, turnId, place, change);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#live = this.#now;
      this.#tell();
    });
  }

  #settle(conversation: Conversation): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#now = conversation;
    this.#live = conversation;
    this.#settled = conversation;
    this.#tell();
  }

  #tell(): void {
    this.#listeners.tell();
  }

  /** Asks the service for the charge of the request. A stopped request is settled a moment later. */
  async #learnCharge(turnId: string, place: number): Promise<void> {
    const reply = () => this.#now.turns.find(({ id }) => id === turnId)?.replies[place];
    const isTold = reply()?.charge !== null && reply()?.state !== 'stopped';
    for (let tried = 0; tried < TRIES; tried++) {
      const chatId = reply()?.chatId;
      if (!chatId) break;
      const charge = await chargeOf(chatId);
      if (charge) {
        this.#settle(withReply(this.#now, turnId, place, before => ({ ...before, charge })));
        break;
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    }
    if (!isTold) this.told.recount();
  }
}

export function useChat(told: Told) {
  const [chat] = useTabState('playground chat', () => new Chat());
  useEffect(() => {
    chat.told = told;
  }, [chat, told]);
  useEffect(() => chat.stop, [chat]);
  const conversation = useSyncExternalStore(chat.subscribe, chat.settled);
  return { chat, conversation, isBusy: isUnderWay(conversation) };
}

/** Updates with every piece that arrives. */
export function useLive(chat: Chat): Conversation {
  return useSyncExternalStore(chat.subscribe, chat.live);
}

const TRIES = 6;
const PAUSE_MS = 700;

async function endOf(
  asking: () => Promise<void>,
  signal: AbortSignal,
): Promise<Pick<Reply, 'state'> & Partial<Pick<Reply, 'error'>>> {
  try {
    await asking();
    return { state: 'done' };
  } catch (error) {
    if (signal.aborted) return { state: 'stopped' };
    if (error instanceof Refusal) {
      const { message, code, requestId } = error;
      return { state: 'failed', error: { message, code, requestId } };
    }
    if (!(error instanceof Unreachable)) throw error;
    return { state: 'failed', error: { message: '', code: 'unreachable', requestId: null } };
  }
}

async function chargeOf(chatId: string): Promise<Charge | null> {
  try {
    const { requests } = await answerOf(api.GET('/api/license/requests'));
    const request = requests.find(({ id }) => id === chatId);
    if (!request || request.outcome === 'pending') return null;
    const { charged, units, provider, cost_microusd } = request;
    return {
      units: charged ? units : 0,
      unit: 'request',
      provider,
      costMicros: cost_microusd ?? null,
    };
  } catch {
    // The charge is only an addition. What the reply itself said stays.
    return null;
  }
}
