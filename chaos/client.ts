// Sends calls over real HTTP, and records how each ended.

import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Provider } from '../src/domain/provider.js';
import type { Answer, Call, History } from './history.js';
import type { Kind } from './kinds.js';
import { type Received, readAnswer } from './reading.js';

/** Much longer than every deadline of the service. */
const PATIENCE_MS = 20_000;

export interface Ask {
  url: string;
  kind: Kind;
  license: string;
  key: string;
  model: string;
  provider: Provider;
  text: string;
  /** Null for a call without a key. */
  idempotencyKey?: string | null;
  /** The client leaves after this time; null if it stays. */
  leavesAfterMs?: number | null;
}

export interface Client {
  /** Null if no server listened, so that nothing was sent. */
  ask(ask: Ask): Promise<(Answer & { call: Call }) | null>;
  get(url: string, path: string, key: string): Promise<Received>;
  close(): Promise<void>;
}

export function openClient(history: History): Client {
  const agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });

  async function receive(
    url: string,
    options: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
    leavesAfterMs?: number | null,
  ): Promise<Received> {
    const signal = AbortSignal.timeout(leavesAfterMs ?? PATIENCE_MS);
    const received: Received = { status: 0, headers: {}, text: '', isBroken: true };
    try {
      const response = await request(url, { dispatcher: agent, signal, ...options });
      received.status = response.statusCode;
      received.headers = response.headers;
      for await (const chunk of response.body) received.text += chunk;
      received.isBroken = false;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') throw error;
    }
    return received;
  }

  async function ask(what: Ask) {
    const { kind, license, key, model, provider, idempotencyKey = null } = what;
    const begun = history.step();
    const begunAtMs = Date.now();
    const body = kind.body(model, what.text);
    let received: Received;
    try {
      const options = {
        method: 'POST' as const,
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${key}`,
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify(body),
      };
      received = await receive(what.url + kind.path, options, what.leavesAfterMs);
    } catch {
      return null;
    }
    const answer = readAnswer(received);
    if (answer.text.includes(key)) history.keysRepeated.push(answer.text.slice(0, 200));
    const { text, ...seen } = answer;
    const call: Call = {
      ...seen,
      digest: idempotencyKey ? createHash('sha256').update(text).digest('base64') : '',
      license,
      provider,
      kind: kind.name,
      model,
      key,
      most: kind.units,
      idempotencyKey,
      begun,
      ended: history.step(),
      begunAtMs,
    };
    history.calls.push(call);
    return { ...answer, call };
  }

  return {
    ask,
    get: (url, path, key) =>
      receive(url + path, { method: 'GET', headers: { authorization: `Bearer ${key}` } }),
    close: () => agent.destroy(),
  };
}
