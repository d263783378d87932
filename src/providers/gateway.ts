// One provider, with what keeps it answering while a part of it fails: several keys, a breaker for each, one retry,
// fallback models. A request has one hold and at most one charge, however many calls it takes.

import type { AnyAnswer } from '../domain/call.js';
import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import type { ChatMessage, ChatOptions, UpstreamFailure } from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import type { LongTexts } from '../domain/longTexts.js';
import type { AddressedCall } from '../domain/native.js';
import type { RequestTrace, TraceSpan } from '../domain/trace.js';
import type { VideoReport } from '../domain/video.js';
import { createKeyRing, type KeyRing } from './keyRing.js';
import { type OpenStream, openStream } from './openStream.js';
import { pause } from './pause.js';
import type { ChatProvider, SentVideo, UpstreamCall, VideoFile } from './port.js';
import { mayAnotherModelHelp, mayRetry } from './retry.js';
import { createShares, type Shares } from './shares.js';
import { MAX_CONNECTIONS } from './upstream.js';

/** One request. `models`: the one that was asked for, then its fallbacks in their order. */
export interface GatewayCall {
  holdId: string;
  licenseId: string;
  models: Model[];
  native?: AddressedCall | undefined;
  messages: ChatMessage[];
  longTexts?: LongTexts | undefined;
  options: ChatOptions;
  /** If the request is traced, each try becomes a span of this trace. */
  trace?: RequestTrace | undefined;
}

export interface Reached<Wanted> {
  kind: 'reached';
  result: Wanted;
  /** The model that answered. */
  model: Model;
}

export type { OpenStream };

/** Has the API key that was used, because only that key's account knows a video that the call began. */
export type Completed = Reached<AnyAnswer> & { tried: { keyIndex: number } };

/** A video under way. */
export interface GatewayVideo extends SentVideo {
  keyIndex: number;
  /** The id in our catalogue. */
  model: string;
}

type Result = AnyAnswer | OpenStream;
/** `aborted`: the caller left. */
type CallOutcome = 'answer' | 'failure' | 'aborted';

/** A provider as flows see it. Failures of upstreams are values; only a cancellation throws. */
export interface ChatGateway {
  /** True if there is neither an API key nor the sandbox in its place: every call fails. */
  isOff: boolean;
  /** Whether it can be asked after a call what the call used. */
  tellsAfterwards: boolean;
  complete(call: GatewayCall, cancellation: Cancellation): Promise<Completed | UpstreamFailure>;
  stream(
    call: GatewayCall,
    cancellation: Cancellation,
  ): Promise<Reached<OpenStream> | UpstreamFailure>;
  listModels(cancellation: Cancellation): Promise<ListedModel[] | UpstreamFailure>;
  /** These two are not a caller's requests: no breaker applies, and no client waits. */
  readVideo(
    video: GatewayVideo,
    cancellation: Cancellation,
  ): Promise<VideoReport | UpstreamFailure>;
  fetchVideo(video: GatewayVideo, cancellation: Cancellation): Promise<VideoFile | UpstreamFailure>;
  /** How many breakers are open. Each is a pair of a key and a model. */
  openBreakers(): number;
  close(): Promise<void>;
}

export interface FailedCall {
  failure: UpstreamFailure;
  /** The id in our catalogue. */
  model: string;
  holdId: string;
  /** Which of the provider's API keys, counted from 0 in the order of the environment. */
  keyIndex: number;
  /** Which call of the request, counted from 1. */
  attempt: number;
  /** Whether the key rests for this model now. */
  isBreakerOpen: boolean;
  /** Whether it was a stream that had begun. */
  hadBegun: boolean;
  ms: number;
}

export interface GatewaySettings {
  /** For a request as a whole, retries included. */
  timeoutMs: number;
  /** Called when a breaker opens. */
  alert(problem: string, details: Record<string, unknown>): void;
  /** Called for each call that failed, also if a retry helped. */
  failed(call: FailedCall): void;
  /** Called with how each request ended and how long it took; for a stream, until it began. */
  timed(outcome: CallOutcome, seconds: number): void;
}

/** `adapters` has one for each API key. */
export function createGateway(adapters: ChatProvider[], settings: GatewaySettings): ChatGateway {
  const keys = createKeyRing(adapters, (upstreamId, reason) =>
    settings.alert('several licenses failed with a model: it rests', { upstreamId, reason }),
  );
  const shares = createShares(MAX_CONNECTIONS / 2);
  const means = { keys, shares, settings, adapters };

  return {
    isOff: false,
    tellsAfterwards: adapters.every(adapter => adapter.tellsAfterwards),
    complete: (call, cancellation) =>
      reach(call, cancellation, means, (adapter, one) => adapter.complete(one, cancellation)),
    async stream(call, cancellation) {
      const opened = await reach(call, cancellation, means, (adapter, one) =>
        openStream(adapter.stream(one, cancellation)),
      );
      if (opened.kind === 'failure') return opened;
      const { result, model, tried } = opened;
      result.watcher = {
        closed() {
          shares.giveBack(call.licenseId);
          tried.span?.end();
        },
        brokeOff(failure) {
          tried.span?.end({}, failure.reason);
          // A client that does not read is no trouble of the upstream.
          if (failure.reason !== 'slow_reader')
            settings.failed(failedCall(call, tried, failure, true));
        },
      };
      return { kind: 'reached', result, model };
    },
    readVideo: (video, cancellation) =>
      withItsKey(video, means, adapter => adapter.readVideo(video, cancellation)),
    fetchVideo: (video, cancellation) =>
      withItsKey(video, means, adapter => adapter.fetchVideo(video, cancellation)),
    listModels: cancellation => (adapters[0] as ChatProvider).listModels(cancellation),
    openBreakers: keys.resting,
    async close() {
      await Promise.all(adapters.map(adapter => adapter.close()));
    },
  };
}

/** One call of a request. */
interface Try {
  model: Model;
  attempt: number;
  keyIndex: number;
  isBreakerOpen: boolean;
  begunAtMs: number;
  span: TraceSpan | undefined;
}

function failedCall(
  { holdId }: GatewayCall,
  { model, attempt, keyIndex, isBreakerOpen, begunAtMs }: Try,
  failure: UpstreamFailure,
  hadBegun: boolean,
): FailedCall {
  const ms = Math.round(performance.now() - begunAtMs);
  return { failure, model: model.id, holdId, keyIndex, attempt, isBreakerOpen, hadBegun, ms };
}

type Ask<Wanted> = (adapter: ChatProvider, call: UpstreamCall) => Promise<Wanted | UpstreamFailure>;

/** If less time is left, there is no further try. */
const LEAST_TIME_MS = 50;

interface Means {
  keys: KeyRing;
  /** Limits the connections of one license, so that the others have some too. */
  shares: Shares;
  settings: GatewaySettings;
  adapters: ChatProvider[];
}

/** This key's account does not know the video, or the key does not work any more. */
const NOT_WITH_THIS_KEY = /^status_40[1-4]$/;

/** Asks with the key that the video was accepted with. If that key does not work any more, asks with the others. */
async function withItsKey<Wanted extends { kind: string }>(
  { keyIndex, holdId, model }: GatewayVideo,
  { adapters, settings }: Means,
  ask: (adapter: ChatProvider) => Promise<Wanted | UpstreamFailure>,
): Promise<Wanted | UpstreamFailure> {
  const first = keyIndex % adapters.length;
  const inTurn = [...adapters.keys()].map(step => (first + step) % adapters.length);
  let answer: Wanted | UpstreamFailure = ALL_OPEN;
  for (const index of inTurn) {
    const begunAtMs = performance.now();
    answer = await ask(adapters[index] as ChatProvider);
    if (!isFailure(answer)) return answer;
    const ms = Math.round(performance.now() - begunAtMs);
    const call = { model, holdId, keyIndex: index, attempt: 1, ms };
    settings.failed({ ...call, failure: answer, isBreakerOpen: false, hadBegun: false });
    if (!NOT_WITH_THIS_KEY.test(answer.reason)) break;
  }
  return answer;
}

function isFailure(answer: { kind: string }): answer is UpstreamFailure {
  return answer.kind === 'failure';
}

/**
 * Tries the models in their order until one gives a result, with one retry in all. The license's place is given back
 * at the end; a stream keeps it until it is closed.
 */
async function reach<Wanted extends Result>(
  call: GatewayCall,
  cancellation: Cancellation,
  { keys, shares, settings }: Means,
  ask: Ask<Wanted>,
): Promise<(Reached<Wanted> & { tried: Try }) | UpstreamFailure> {
  const begunAt = performance.now();
  const taken = shares.take(call.licenseId, settings.timeoutMs, cancellation);
  if (taken !== true && !(await taken)) return TOO_MANY;
  const endsAt = begunAt + settings.timeoutMs;
  const { holdId, licenseId, native, messages, longTexts, options, trace } = call;
  let outcome: CallOutcome = 'failure';
  let failure = ALL_OPEN;
  let isRetrySpent = false;
  let isStream = false;
  let attempt = 0;
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
          native,
          messages,
          longTexts,
          options,
          timeoutMs,
        };
        attempt += 1;
        const tried: Try = {
          model,
          attempt,
          keyIndex: -1,
          isBreakerOpen: false,
          begunAtMs: performance.now(),
          span: undefined,
        };
        const ended = await keys.run(asking, refusedKey, (adapter, keyIndex) => {
          tried.keyIndex = keyIndex;
          const span = trace && startSpan(trace, tried);
          return ask(adapter, span ? { traceparent: span.traceparent, ...one } : one);
        });
        if (!ended) break;
        tried.isBreakerOpen = ended.isBreakerOpen;
        const { result } = ended;
        if (result.kind !== 'failure') {
          outcome = 'answer';
          isStream = result.kind === 'stream';
          if (!isStream) tried.span?.end();
          return { kind: 'reached', result, model, tried };
        }
        failure = result;
        tried.span?.end({}, failure.reason);
        settings.failed(failedCall(call, tried, failure, false));
        const retry = mayRetry(failure, keys.hasOther(upstreamId, ended.adapter));
        if (isRetrySpent || !retry || retry.afterMs > timeoutMs / 2) break;
        isRetrySpent = true;
        refusedKey = ended.adapter;
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

function startSpan(trace: RequestTrace, tried: Try): TraceSpan {
  const { model, attempt, keyIndex } = tried;
  tried.span = trace.start('upstream', {
    'gen_ai.provider.name': model.provider,
    'gen_ai.request.model': model.upstreamId,
    'sahm.attempt': attempt,
    'sahm.key.index': keyIndex,
  });
  return tried.span;
}

/** The license had as many calls under way as it may, and the call's time ran out while it waited. */
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
