// One provider with everything that lets it answer although parts of it do not: several keys, a breaker
// each, one retry, fallback models. Whatever happens here is one hold and at most one charge.

import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import type { ChatMessage, ChatOptions, UpstreamAnswer, UpstreamFailure } from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import type { LongTexts } from '../domain/longTexts.js';
import { createKeyRing, type KeyRing } from './keyRing.js';
import { pause } from './pause.js';
import type { ChatProvider, StreamStep, UpstreamCall, UpstreamStream } from './port.js';
import { mayAnotherModelHelp, mayRetry } from './retry.js';

/** One request: the model that was asked for, then those that may stand in for it, in their order. */
export interface GatewayCall {
  holdId: string;
  models: Model[];
  messages: ChatMessage[];
  longTexts?: LongTexts | undefined;
  options: ChatOptions;
}

export interface Reached<Wanted> {
  kind: 'reached';
  result: Wanted;
  /** The model that answered. */
  model: Model;
}

/** Its first piece has come; nothing is tried again from there on. */
export interface OpenStream extends UpstreamStream {
  kind: 'stream';
}

type Result = UpstreamAnswer | OpenStream;
/** Aborted: the caller left. */
type CallOutcome = 'answer' | 'failure' | 'aborted';

/** A provider as flows see it. What upstreams do is a value; only a cancellation throws. */
export interface ChatGateway {
  complete(
    call: GatewayCall,
    cancellation: Cancellation,
  ): Promise<Reached<UpstreamAnswer> | UpstreamFailure>;
  stream(
    call: GatewayCall,
    cancellation: Cancellation,
  ): Promise<Reached<OpenStream> | UpstreamFailure>;
  listModels(cancellation: Cancellation): Promise<ListedModel[] | UpstreamFailure>;
  close(): Promise<void>;
}

export interface GatewaySettings {
  /** For a request as a whole, retries included. */
  timeoutMs: number;
  /** Told of what an operator must mend, also where a retry helped. */
  alert(problem: string, details: Record<string, unknown>): void;
  /** Told how each call ended, and after how long; of a stream, how it began. */
  timed(outcome: CallOutcome, seconds: number): void;
}

/** `adapters`: one for each API key. */
export function createGateway(adapters: ChatProvider[], settings: GatewaySettings): ChatGateway {
  const keys = createKeyRing(adapters);

  return {
    complete: (call, cancellation) =>
      reach(call, cancellation, keys, settings, (adapter, one) =>
        adapter.complete(one, cancellation),
      ),
    stream: (call, cancellation) =>
      reach(call, cancellation, keys, settings, (adapter, one) =>
        openStream(adapter.stream(one, cancellation)),
      ),
    listModels: cancellation => (adapters[0] as ChatProvider).listModels(cancellation),
    async close() {
      await Promise.all(adapters.map(adapter => adapter.close()));
    },
  };
}

type Ask<Wanted> = (adapter: ChatProvider, call: UpstreamCall) => Promise<Wanted | UpstreamFailure>;

/** Less is not worth a try. */
const LEAST_TIME_MS = 50;

/** Tries the models in their order until one gives a result; one retry in all. */
async function reach<Wanted extends Result>(
  call: GatewayCall,
  cancellation: Cancellation,
  keys: KeyRing,
  settings: GatewaySettings,
  ask: Ask<Wanted>,
): Promise<Reached<Wanted> | UpstreamFailure> {
  const begunAt = performance.now();
  const endsAt = begunAt + settings.timeoutMs;
  const { holdId, messages, longTexts, options } = call;
  let outcome: CallOutcome = 'failure';
  let failure = ALL_OPEN;
  let isRetrySpent = false;
  try {
    for (const model of call.models) {
      const { upstreamId, reasoning } = model;
      let refusedKey: ChatProvider | undefined;
      for (;;) {
        const timeoutMs = endsAt - performance.now();
        if (timeoutMs < LEAST_TIME_MS) return failure;
        const one = { holdId, upstreamId, reasoning, messages, longTexts, options, timeoutMs };
        const tried = await keys.run(upstreamId, refusedKey, adapter => ask(adapter, one));
        if (!tried) break;
        const { result } = tried;
        if (result.kind !== 'failure') {
          outcome = 'answer';
          return { kind: 'reached', result, model };
        }
        failure = result;
        const { reason, alert } = failure;
        if (alert) settings.alert(alert, { model: model.id, reason, holdId });
        const retry = mayRetry(failure, keys.hasOther(upstreamId, tried.adapter));
        if (isRetrySpent || !retry || retry.afterMs > timeoutMs / 2) break;
        isRetrySpent = true;
        refusedKey = tried.adapter;
        if (retry.afterMs > 0) await pause(retry.afterMs, cancellation);
      }
      if (failure !== ALL_OPEN && !mayAnotherModelHelp(failure)) return failure;
    }
    return failure;
  } catch (error) {
    outcome = 'aborted';
    throw error;
  } finally {
    settings.timed(outcome, (performance.now() - begunAt) / 1000);
  }
}

const ALL_OPEN: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_unavailable',
  reason: 'breakers_open',
  retryAfterSeconds: 5,
};

/** Waits for the first piece: until then another key or model can still answer. */
async function openStream(stream: UpstreamStream): Promise<OpenStream | UpstreamFailure> {
  const first = await stream.next();
  if (first.kind === 'failure') {
    stream.close();
    return first;
  }
  return beginningWith(first, stream);
}

function beginningWith(first: StreamStep, rest: UpstreamStream): OpenStream {
  let isFirst = true;
  return {
    kind: 'stream',
    next() {
      if (!isFirst) return rest.next();
      isFirst = false;
      return Promise.resolve(first);
    },
    close: () => rest.close(),
  };
}
