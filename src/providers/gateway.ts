// One provider with everything that lets it answer although parts of it do not: several keys, a breaker
// each, one retry, fallback models. Whatever happens here is one hold and at most one charge.

import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import type { ChatMessage, ChatOptions, UpstreamAnswer, UpstreamFailure } from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import type { LongTexts } from '../domain/longTexts.js';
import { createKeyRing, type KeyRing } from './keyRing.js';
import { givingBack, type OpenStream, openStream } from './openStream.js';
import { pause } from './pause.js';
import type { ChatProvider, UpstreamCall } from './port.js';
import { mayAnotherModelHelp, mayRetry } from './retry.js';
import { createShares, type Shares } from './shares.js';
import { MAX_CONNECTIONS } from './upstream.js';

/** One request: the model that was asked for, then those that may stand in for it, in their order. */
export interface GatewayCall {
  holdId: string;
  licenseId: string;
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

export type { OpenStream };

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
  /** How many breakers are open: pairs of a key and a model that are left alone. */
  openBreakers(): number;
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
  const keys = createKeyRing(adapters, (upstreamId, reason) =>
    settings.alert('several licenses failed with a model: it rests', { upstreamId, reason }),
  );
  const shares = createShares(MAX_CONNECTIONS / 2);
  const means = { keys, shares, settings };

  return {
    complete: (call, cancellation) =>
      reach(call, cancellation, means, (adapter, one) => adapter.complete(one, cancellation)),
    async stream(call, cancellation) {
      const opened = await reach(call, cancellation, means, (adapter, one) =>
        openStream(adapter.stream(one, cancellation)),
      );
      if (opened.kind === 'failure') return opened;
      const result = givingBack(opened.result, () => shares.giveBack(call.licenseId));
      return { ...opened, result };
    },
    listModels: cancellation => (adapters[0] as ChatProvider).listModels(cancellation),
    openBreakers: keys.resting,
    async close() {
      await Promise.all(adapters.map(adapter => adapter.close()));
    },
  };
}

type Ask<Wanted> = (adapter: ChatProvider, call: UpstreamCall) => Promise<Wanted | UpstreamFailure>;

/** Less is not worth a try. */
const LEAST_TIME_MS = 50;

interface Means {
  keys: KeyRing;
  /** One license waits for its own calls, and leaves connections to the others. */
  shares: Shares;
  settings: GatewaySettings;
}

/**
 * Tries the models in their order until one gives a result; one retry in all. The license's share is given
 * back at the end; a stream that it gives has it until it is closed.
 */
async function reach<Wanted extends Result>(
  call: GatewayCall,
  cancellation: Cancellation,
  { keys, shares, settings }: Means,
  ask: Ask<Wanted>,
): Promise<Reached<Wanted> | UpstreamFailure> {
  const begunAt = performance.now();
  const taken = shares.take(call.licenseId, settings.timeoutMs, cancellation);
  if (taken !== true && !(await taken)) return TOO_MANY;
  const endsAt = begunAt + settings.timeoutMs;
  const { holdId, licenseId, messages, longTexts, options } = call;
  let outcome: CallOutcome = 'failure';
  let failure = ALL_OPEN;
  let isRetrySpent = false;
  let isStream = false;
  try {
    for (const model of call.models) {
      const { upstreamId, reasoning } = model;
      const asking = { licenseId, model: upstreamId };
      let refusedKey: ChatProvider | undefined;
      for (;;) {
        const timeoutMs = endsAt - performance.now();
        if (timeoutMs < LEAST_TIME_MS) return failure;
        const one = {
          holdId,
          licenseId,
          upstreamId,
          reasoning,
          messages,
          longTexts,
          options,
          timeoutMs,
        };
        const tried = await keys.run(asking, refusedKey, adapter => ask(adapter, one));
        if (!tried) break;
        const { result } = tried;
        if (result.kind !== 'failure') {
          outcome = 'answer';
          isStream = result.kind === 'stream';
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
    if (!isStream) shares.giveBack(licenseId);
    settings.timed(outcome, (performance.now() - begunAt) / 1000);
  }
}

/** The license's own calls took all of its time: it has as many under way as one license may. */
const TOO_MANY: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_timeout',
  reason: 'share_of_connections',
};

const ALL_OPEN: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_unavailable',
  reason: 'breakers_open',
  retryAfterSeconds: 5,
};
