// The whole way of a request, also of a stream: license, model, content, hold, provider, post. Refusals are values;
// faults are thrown. README.md has the table of who pays.

import type { Counted } from '../domain/bound/prices.js';
import { charactersIn } from '../domain/bound/quote.js';
import type { AnyAnswer, AnyEnd, CallRequest } from '../domain/call.js';
import type { Model } from '../domain/catalog.js';
import type { ChatMessage, ChatOptions, TokenUsage, UpstreamFailure } from '../domain/chat.js';
import { answerCostMicrousd } from '../domain/cost.js';
import { mayBeDone } from '../domain/databaseFault.js';
import type { KeptFile, NativeAnswer, NativeEnd, NativeRequest } from '../domain/native.js';
import type { PerProvider } from '../domain/provider.js';
import { type Balance, type Usage, usageWithPosted, withPosted } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { RequestTrace } from '../domain/trace.js';
import type { ChatGateway, GatewayCall } from '../providers/gateway.js';
import type { BegunTurn, SettleWant } from '../store/ledger/index.js';
import type { AdmitDeps, Arrival } from './admission.js';
import { admit, type DoneOnce, inItsPlace } from './admit.js';
import type { Metering } from './metering.js';
import { AGAIN, type Replay } from './notHeld.js';
import { type Delivery, fold, type ReachedAnswer, relay, relayWhole } from './relay.js';
import {
  chargeOfAnswer,
  chargeOfUnseen,
  refusalOfFailure,
  type SettlingDeps,
  settle,
  tellOfSlip,
} from './settling.js';

/** Stores generated files that clients fetch by their address. */
export interface MediaFiles {
  /** Null if the bytes are not of a file type that we keep. */
  put(bytes: Uint8Array): Promise<(Omit<KeptFile, 'url'> & { name: string }) | null>;
}

export interface ChatDeps extends AdmitDeps, SettlingDeps {
  files: MediaFiles;
  providers: PerProvider<ChatGateway>;
}

/** Who sends the request, and how the answer gets there. */
export interface ChatCaller extends Arrival, Delivery {
  /** Called before the first piece of a stream, with the balance that holds if the stream succeeds. */
  begin(balance: Balance, resetsAt: Date, model: Model, maxTokens?: number): void;
  /** The address of a kept file. */
  urlOf(name: string): string;
  /** The bytes of the reply to keep for its Idempotency-Key; null if they are too large. */
  keep(reply: ChatReply): Uint8Array | null;
}

export interface ChatReply {
  kind: 'reply';
  /** For a stream, only its end: the rest has been delivered already. */
  answer: AnyAnswer | AnyEnd;
  /** The model that answered. */
  model: Model;
  /** The counters right after this request. */
  usage: Usage;
  /** The units that the request cost. */
  charged: number;
}

/** The client left before the answer was complete, so there is nobody to reply to. */
export interface ClientLeft {
  kind: 'client_left';
  /** The units that it cost. */
  charged: number;
}

type Outcome = ChatReply | Replay | Refusal | ClientLeft;

export function chat(sent: CallRequest, caller: ChatCaller, deps: ChatDeps): Promise<Outcome> {
  return inItsPlace(done => answered(sent, caller, done, deps));
}

async function answered(
  sent: CallRequest,
  caller: ChatCaller,
  done: DoneOnce,
  deps: ChatDeps,
): Promise<Outcome> {
  const { holdId, cancellation, idempotency, trail } = caller;
  const admission = await admit(sent, caller, done, deps);
  if (admission.kind !== 'admission') return admission;
  const { request, license, models, units, isHeld, begins, held, metering } = admission;
  const gateway = deps.providers[models[0].provider];
  const { trace } = trail;
  const call = callOf(request, holdId, license.id, models, trace, metering);
  const delivered = { content: false };
  const turnNoted = begins && noteTurn(begins, deps);
  const begin = (model: Model) =>
    // The balance that is certainly left: a wallet may be charged all that the hold may grow to.
    caller.begin(
      withPosted(held.balance, metering?.affords ?? units),
      held.resetsAt,
      model,
      metering?.reducedTo,
    );

  let outcome: ReachedAnswer | UpstreamFailure;
  let opened: Awaited<ReturnType<ChatGateway['stream']>> | undefined;
  const endEarly = async (reason: string, isOwed: boolean) => {
    const owed = isOwed ? await chargeOfUnseen(opened, metering) : undefined;
    const { charge, tokens = null } = owed ?? {};
    const state = isOwed ? 'posted' : 'voided';
    const model = opened?.kind === 'reached' ? opened.model : models[0];
    const counted = tokens ? countedOf({ tokens }, model) : {};
    const settling = { holdId, licenseId: license.id, outcome: state, reason } as const;
    const want = { ...settling, units: charge, ...counted };
    const ended = await settle(want, isHeld, deps, trace);
    const charged = ended && isOwed ? (ended.charged ?? charge ?? units) : 0;
    if (metering && charge !== undefined) {
      tellOfSlip(metering.held, charge, charged, { holdId, model: models[0].id }, deps);
    }
    return { ended, charged };
  };
  const askedAtMs = performance.now();
  try {
    const isAskedWhole = request.stream && !models[0].card.features.streaming;
    const inEvents = isAskedWhole ? request.native?.inEvents : undefined;
    const isFolded = metering && !request.stream && (!request.native || request.native.fold);
    if ((request.stream && !inEvents) || isFolded) {
      opened = await gateway.stream(call, cancellation);
      outcome = isFolded
        ? await fold(opened, cancellation, request.native, metering)
        : await relay(opened, caller, delivered, begin, metering);
    } else {
      const whole = await gateway.complete(call, cancellation);
      outcome = inEvents
        ? await relayWhole(whole, inEvents, caller, delivered, begin)
        : await keptOf(whole, request, caller, deps);
    }
  } catch (error) {
    trail.upstreamMs = performance.now() - askedAtMs;
    // A client that got some content pays for it. A client that leaves before the first content pays nothing.
    const isOwed = cancellation.isRequested && delivered.content;
    const reason = cancellation.isRequested ? 'client_left' : 'fault';
    const { charged } = await endEarly(reason, isOwed);
    if (cancellation.isRequested) return { kind: 'client_left', charged };
    throw error;
  }
  trail.upstreamMs = performance.now() - askedAtMs;
  // Its place is freed beside the charge. `inItsPlace` waits for it.
  void done.entry?.leave();

  if (outcome.kind === 'failure') {
    const { reason } = outcome;
    trail.failure = reason;
    const isOwed = reason === 'slow_reader' && delivered.content;
    const { ended, charged } = await endEarly(reason, isOwed);
    return refusalOfFailure(outcome, models[0].provider, ended?.usage ?? null, charged);
  }
  const { result: answer, model } = outcome;
  const characters = request.native && charactersIn(request);
  if (characters !== undefined) Object.assign(answer, { pieces: characters });
  const { provider } = models[0];
  const { charge, tokens } = metering
    ? await chargeOfAnswer(outcome, opened, metering)
    : { charge: chargedOf(answer, models[0], units), tokens: answer.tokens };
  const replyWith = (usage: Usage, charged: number): ChatReply => ({
    kind: 'reply',
    answer,
    model,
    usage: metering?.tell(usage) ?? usage,
    charged,
  });
  const kept = idempotency &&
    held.usage && {
      idempotencyKeyDigest: idempotency.idempotencyKeyDigest,
      expected: usageWithPosted(held.usage, provider, charge),
      replyOf: (usage: Usage, charged = charge) => caller.keep(replyWith(usage, charged)),
    };
  const post = postOf(holdId, license.id, outcome, tokens, models[0]);
  if (metering || charge !== units) post.units = charge;
  const keeping = request.native && keepResponse(request, holdId, license.id, outcome, deps);
  // The turn must be noted before the answer: the client may send the turn's next call right after it.
  if (turnNoted) await turnNoted;
  // The reply that is kept for the Idempotency-Key also says whether the response is kept.
  if (keeping && kept) await keeping;
  const posted = await settle(post, isHeld, deps, trace, kept ?? undefined).catch(unlessUnknown);
  if (keeping) await keeping;
  // Without a post the answer would be free, so it is not delivered. A stream then lacks its last chunk.
  if (posted === 'unknown')
    return refuse('service_unavailable', 'outcome_unknown', {}, { retryAfterSeconds: 2 });
  if (!posted) return AGAIN;
  const charged = posted.charged ?? charge;
  if (metering) tellOfSlip(metering.held, charge, charged, { holdId, model: model.id }, deps);
  return replyWith(posted.usage, charged);
}

function callOf(
  request: CallRequest,
  holdId: string,
  licenseId: string,
  models: [Model, ...Model[]],
  trace: RequestTrace | undefined,
  metering: Metering | undefined,
): GatewayCall {
  const { longTexts } = request;
  if (request.native) {
    const { provider } = models[0];
    const path = request.native.paths[provider] as string;
    const native = { provider, path, ...request.native };
    // As below.
    const options: ChatOptions = metering ? { max_completion_tokens: metering.maxTokens } : {};
    return {
      holdId,
      licenseId,
      models,
      native,
      messages: NO_MESSAGES,
      longTexts,
      options,
      trace,
    };
  }
  // Two spreads would give every request's object its own hidden class (docs/decisions/0041).
  const options = Object.assign({}, models[0].defaults, request.options);
  // The hold covers this limit, so it replaces the request's own. Otherwise the bound would not hold.
  if (metering) options.max_completion_tokens = metering.maxTokens;
  const { messages } = request;
  return { holdId, licenseId, models, native: undefined, messages, longTexts, options, trace };
}

const NO_MESSAGES: ChatMessage[] = [];

/** The database's answer to a post was lost, so nobody knows whether the post was done. */
function unlessUnknown(error: unknown): 'unknown' {
  if (mayBeDone(error)) return 'unknown';
  throw error;
}

/** Stores the answer's files and puts their addresses in their place, if the request asks for that. */
function keptOf(
  reached: ReachedAnswer | UpstreamFailure,
  { native }: CallRequest,
  { urlOf }: ChatCaller,
  { files }: ChatDeps,
): ReachedAnswer | UpstreamFailure | Promise<ReachedAnswer | UpstreamFailure> {
  if (reached.kind === 'failure' || !native?.keepFiles) return reached;
  const put = async (bytes: Uint8Array) => {
    const kept = await files.put(bytes);
    return kept && { ...kept, url: urlOf(kept.name) };
  };
  return native
    .keepFiles(reached.result as NativeAnswer, { put })
    .then(result => (result.kind === 'failure' ? result : { ...reached, result }));
}

function postOf(
  holdId: string,
  licenseId: string,
  { result, model, isCutOff }: ReachedAnswer,
  tokens: TokenUsage | null,
  asked: Model,
): SettleWant {
  return {
    holdId,
    licenseId,
    outcome: 'posted',
    reason: isCutOff ? 'cut_off' : 'success',
    ...countedOf({ ...result, tokens }, model),
    ...(model !== asked && { answeredBy: model.id }),
  };
}

/** What is recorded of an answer. Its tokens may be known only afterwards. */
function countedOf(answer: Counted, { card }: Model): Partial<SettleWant> {
  return {
    promptTokens: answer.tokens?.promptTokens,
    completionTokens: answer.tokens?.completionTokens,
    costMicrousd: answerCostMicrousd(answer, card.pricing),
  };
}

/** Runs beside the charge, not after it. A kept response counts only if its hold is posted. */
async function keepResponse(
  { keeping }: NativeRequest,
  holdId: string,
  licenseId: string,
  { result, model }: ReachedAnswer,
  { kept, alert }: ChatDeps,
): Promise<void> {
  const answer = result as NativeAnswer | NativeEnd;
  const toKeep = kept.isOn ? keeping?.toKeep(answer, model) : null;
  if (!toKeep) return;
  try {
    await kept.keep(holdId, licenseId, toKeep);
    answer.isKept = toKeep.input !== null;
  } catch (error) {
    alert('a response could not be kept', { holdId, err: error });
  }
}

/** Runs beside the call. If the turn cannot be noted, its next calls only cost a unit each. */
async function noteTurn(turn: BegunTurn, { ledger, alert }: ChatDeps): Promise<void> {
  try {
    await ledger.beginTurn(turn);
  } catch (error) {
    alert('a turn could not be noted', { holdId: turn.holdId, err: error });
  }
}

/** Charges for what the upstream gave, but never more than was held. */
function chargedOf(answer: AnyAnswer | AnyEnd, asked: Model, held: number): number {
  const { count } = 'count' in answer ? answer : {};
  return count === undefined ? held : Math.min(held, count * asked.units);
}
