// Clients over real HTTP, and the history of what they received.

import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ServedRequest } from '../../src/providers/sandbox/server.js';
import type { HoldRow } from './site.js';

/** What a client received for one chat. */
export interface Seen {
  url: string;
  key: string;
  model: string;
  /** 0 where the connection broke before an answer. */
  status: number;
  /** The error code of a refusal, or of a connection that broke. */
  code: string | null;
  /** X-Request-Id, which is the hold's id. */
  id: string | null;
  /** The period and the used count that a successful reply showed. */
  period: string | null;
  used: number | null;
  retryAfter: string | null;
  tookMs: number;
}

export interface Ask {
  url: string;
  key: string;
  model?: string;
  idempotencyKey?: string;
  /** A stream that does not end as it should counts as a broken connection. */
  stream?: boolean;
}

export const LIGHT_MODEL = 'qwen/qwen-2.5-7b-instruct';
/** Far beyond every deadline of the service: a client that waits this long was forgotten. */
const PATIENCE_MS = 120_000;

export interface Clients {
  ask(ask: Ask): Promise<Seen>;
  /** Sends all of them at once, as fast as possible. */
  askAtOnce(asks: Ask[]): Promise<Seen[]>;
  close(): Promise<void>;
}

export function openClients(): Clients {
  const agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  async function ask({
    url,
    key,
    model = LIGHT_MODEL,
    idempotencyKey,
    stream = false,
  }: Ask): Promise<Seen> {
    const begun = performance.now();
    const seen = { url, key, model, status: 0, code: null, id: null, period: null, used: null };
    const took = () => Math.round(performance.now() - begun);
    try {
      const response = await request(`${url}/api/chat_v3`, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify({ api_key: key, model, prompt: 'x', stream }),
      });
      const isSuccess = response.statusCode === 200;
      const text = await response.body.text();
      const body = parse(stream && isSuccess ? lastAnswer(text) : text);
      return {
        ...seen,
        status: response.statusCode,
        code: body.code ?? null,
        id: response.headers['x-request-id']?.toString() ?? null,
        period: isSuccess ? (body.usage?.period ?? null) : null,
        used: isSuccess ? (body.usage?.used ?? null) : null,
        retryAfter: response.headers['retry-after']?.toString() ?? null,
        tookMs: took(),
      };
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      return { ...seen, code, retryAfter: null, tookMs: took() };
    }
  }
  return {
    ask,
    askAtOnce: asks => Promise.all(asks.map(ask)),
    close: () => agent.destroy(),
  };
}

interface Body {
  code?: string;
  usage?: { period: string; used: number };
}

/** What the event before the last says. */
function lastAnswer(events: string): string {
  const [, answer] = /\ndata: (.*)\n\ndata: \[DONE\]\n\n$/.exec(events) ?? [];
  if (!answer?.includes('"usage"')) throw new Error(`the stream ended with ${events.slice(-200)}`);
  return answer;
}

/** Empty where Node itself answered, as with 408 for a client that it did not hear in time. */
function parse(text: string): Body {
  return text === '' ? {} : (JSON.parse(text) as Body);
}

/** Whether the client cannot know if it was charged. */
export function isUnknown(seen: Seen): boolean {
  return seen.status === 0 || seen.code === 'service_unavailable';
}

export function isSuccess(seen: Seen): boolean {
  return seen.status === 200;
}

/** Waits until the condition holds; throws when it does not come true. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`not so within ${withinMs} ms: ${condition}`);
    await sleep(50);
  }
}

export interface Load {
  /** Grows while the load runs. */
  history: Seen[];
  /** Waits for this many more answers of the kind; throws when they do not come within minutes. */
  untilSeen(count: number, isOfKind?: (seen: Seen) => boolean): Promise<void>;
  /** Sends no new requests, and waits for those under way. */
  stop(): Promise<Seen[]>;
}

/**
 * Clients that each send one request after the other, until stopped. After a failure, or when there is
 * nothing to send, a client pauses briefly.
 */
export function keepAsking(
  clients: Clients,
  concurrency: number,
  next: () => Ask | undefined,
): Load {
  const history: Seen[] = [];
  let isStopping = false;
  async function client(): Promise<void> {
    while (!isStopping) {
      const ask = next();
      const seen = ask && (await clients.ask(ask));
      if (seen) history.push(seen);
      if (seen?.status !== 200) await sleep(20);
    }
  }
  const working = Promise.all(Array.from({ length: concurrency }, client));
  return {
    history,
    async untilSeen(count, isOfKind = isSuccess) {
      const from = history.length;
      await until(() => history.slice(from).filter(isOfKind).length >= count);
    },
    async stop() {
      isStopping = true;
      await working;
      return history;
    },
  };
}

/** One request after the other at this pace, however long the answers take, until stopped. */
export function askEvenly(clients: Clients, perSecond: number, ask: Ask): Pick<Load, 'stop'> {
  const asked: Promise<Seen>[] = [];
  const timer = setInterval(() => asked.push(clients.ask(ask)), 1_000 / perSecond);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(asked);
    },
  };
}

/** A request is retried once where the upstream failed, and never where it answered. */
const MOST_CALLS = 2;

/**
 * After everything has ended: contradictions between the ledger, the clients and the upstream, one sentence
 * each. A request that the upstream answered is a success. A client that received that answer was charged,
 * and nobody else was, except perhaps those who cannot know. `counted`: clients that were each told a
 * different count. A post whose answer was lost reports the count of the moment in which that was found out.
 */
export function findContradictions(
  history: Seen[],
  holds: HoldRow[],
  served: ServedRequest[],
  counted = history,
): string[] {
  const found: string[] = [];
  const stateOf = new Map(holds.map(hold => [hold.id, hold.state]));
  const successes = history.filter(isSuccess);
  for (const seen of successes) {
    const state = stateOf.get(seen.id ?? '') ?? 'missing';
    if (state !== 'posted') found.push(`${seen.id}: a client saw success, the hold is ${state}`);
  }
  for (const seen of history.filter(one => one.status >= 400 && !isUnknown(one))) {
    const state = stateOf.get(seen.id ?? '');
    if (state === 'posted') found.push(`${seen.id}: refused with ${seen.status}, but charged`);
  }
  for (const hold of holds) {
    if (hold.state === 'pending') found.push(`${hold.id}: still pending`);
  }
  const answered = new Set<string>();
  const calls = new Map<string, number>();
  for (const { holdId, outcome } of served) {
    const id = holdId ?? 'no id';
    if (!stateOf.has(id)) found.push(`${id}: the upstream was called without a hold`);
    calls.set(id, (calls.get(id) ?? 0) + 1);
    if (!/^(answer|(delay|pace)-\d+)$/.test(outcome)) continue;
    if (answered.has(id)) found.push(`${id}: the upstream answered it twice`);
    answered.add(id);
  }
  for (const [id, count] of calls) {
    if (count > MOST_CALLS) found.push(`${id}: the upstream was called ${count} times`);
  }
  const posted = holds.filter(hold => hold.state === 'posted');
  for (const { id } of posted) {
    if (!answered.has(id)) found.push(`${id}: charged, but the upstream did not answer it`);
  }
  const unknown = history.filter(isUnknown).length;
  if (posted.length < successes.length || posted.length > successes.length + unknown) {
    found.push(`${posted.length} charged; ${successes.length} successes, ${unknown} unknown`);
  }
  const counts = counted.filter(isSuccess).map(seen => `${seen.key} ${seen.period} ${seen.used}`);
  if (new Set(counts).size !== counts.length) found.push('two successes were told the same count');
  return found;
}

/** Not with spread arguments: a long run has more values than fit on a stack. */
export function slowestMs(history: Seen[]): number {
  return history.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
}

/** How often each status and code occurred, as `200: 100, 429 quota_exhausted: 400`. */
export function summary(history: Seen[]): string {
  const counts = new Map<string, number>();
  for (const { status, code } of history) {
    const name = [status, code].filter(part => part !== null).join(' ');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => `${name}: ${count}`)
    .sort()
    .join(', ');
}
