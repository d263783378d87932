// The whole story of a request, streams included: license, model, content, hold, provider, post. Refusals are
// values; what nobody could foresee is thrown. README.md has the table of who pays.

import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import type {
  ChatRequest,
  StreamEnd,
  StreamPiece,
  UpstreamAnswer,
  UpstreamFailure,
} from '../domain/chat.js';
import { costMicrousdOf } from '../domain/cost.js';
import { mayBeDone } from '../domain/databaseFault.js';
import type { PerProvider } from '../domain/provider.js';
import { type Balance, type Usage, usageWithPosted, withPosted } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { ChatGateway, OpenStream, Reached } from '../providers/gateway.js';
import type { KeptReply, SettleWant } from '../store/ledger/index.js';
import { type AdmitDeps, type Arrival, admit, type Replay } from './admit.js';

export interface ChatDeps extends AdmitDeps {
  providers: PerProvider<ChatGateway>;
  /** Called with problems that an operator must solve. */
  alert(problem: string, details: Record<string, unknown>): void;
}

/** Who asks, and how the answer reaches them. */
export interface ChatCaller extends Arrival {
  /** Cancelled when the client leaves, or when a shutdown stops waiting. */
  cancellation: Cancellation;
  /** Called before the first piece of a stream, with the balance that holds if the stream succeeds. */
  begin(balance: Balance, resetsAt: Date, model: Model): void;
  /** Writes a piece of a stream once the client has room for it; false where the client is gone. */
  deliver(piece: StreamPiece, model: Model): boolean | Promise<boolean>;
  /** What to keep of a reply for its Idempotency-Key; null where it is too large. */
  keep(reply: ChatReply): Uint8Array | null;
}

export interface ChatReply {
  kind: 'reply';
  /** For a stream only its end, because the rest has been delivered. */
  answer: UpstreamAnswer | StreamEnd;
  /** The model that answered. */
  model: Model;
  /** The counters right after this request. */
  usage: Usage;
  /** The units that it cost. */
  charged: number;
}

/** The connection was given up before the answer was complete: nobody is left to answer. */
export interface ClientLeft {
  kind: 'client_left';
}

export async function chat(
  request: ChatRequest,
  caller: ChatCaller,
  deps: ChatDeps,
): Promise<ChatReply | Replay | Refusal | ClientLeft> {
  const { holdId, cancellation, idempotency } = caller;
  const admission = await admit(request, caller, deps);
  if (admission.kind !== 'admission') return admission;
  const { license, models, held } = admission;
  const gateway = deps.providers[models[0].provider];
  // Two spreads would give every request's object its own hidden class (docs/decisions/0041).
  const options = Object.assign({}, models[0].defaults, request.options);
  const { messages, longTexts } = request;
  const call = { holdId, licenseId: license.id, models, messages, longTexts, options };
  const delivered = { content: false };
  const begin = (model: Model) =>
    caller.begin(withPosted(held.balance, models[0].units), held.resetsAt, model);

  let outcome: ReachedAnswer | UpstreamFailure;
  try {
    outcome = request.stream
      ? await relay(await gateway.stream(call, cancellation), caller, delivered, begin)
      : await gateway.complete(call, cancellation);
  } catch (error) {
    // A client that leaves with some content has got what it pays for; before that it has got nothing.
    const state = cancellation.isRequested && delivered.content ? 'posted' : 'voided';
    await settle({ holdId, licenseId: license.id, outcome: state, reason: 'client_left' }, deps);
    if (cancellation.isRequested) return { kind: 'client_left' };
    throw error;
  }

  if (outcome.kind === 'failure') {
    const { reason } = outcome;
    const isOwed = reason === 'slow_reader' && delivered.content;
    const state = isOwed ? 'posted' : 'voided';
    const ended = await settle({ holdId, licenseId: license.id, outcome: state, reason }, deps);
    return refusalOfFailure(outcome, ended, isOwed && ended ? models[0].units : 0);
  }
  const { result: answer, model } = outcome;
  const { provider, units } = models[0];
  const replyWith = (usage: Usage): ChatReply => ({
    kind: 'reply',
    answer,
    model,
    usage,
    charged: units,
  });
  const kept = idempotency &&
    held.usage && {
      idempotencyKeyDigest: idempotency.idempotencyKeyDigest,
      expected: usageWithPosted(held.usage, provider, units),
      replyOf: (usage: Usage) => caller.keep(replyWith(usage)),
    };
  const post = postOf(holdId, license.id, outcome, models[0]);
  const usage = await settle(post, deps, kept ?? undefined).catch(unlessUnknown);
  // An answer that was not posted would be free: it is not delivered. A stream then lacks its last chunk.
  if (usage === 'unknown')
    return refuse('service_unavailable', 'outcome_unknown', {}, { retryAfterSeconds: 2 });
  if (!usage) {
    const more = { retryAfterSeconds: 1, charged: 0 };
    return refuse('service_unavailable', 'service_unavailable', {}, more);
  }
  return replyWith(usage);
}

/** The database's answer to a post was lost, so nobody knows whether the post was done. */
function unlessUnknown(error: unknown): 'unknown' {
  if (mayBeDone(error)) return 'unknown';
  throw error;
}

type ReachedAnswer = Reached<UpstreamAnswer | StreamEnd>;

/** Delivers pieces one at a time. While the client has no room, the upstream has to wait. */
async function relay(
  opened: Reached<OpenStream> | UpstreamFailure,
  { cancellation, deliver }: ChatCaller,
  delivered: { content: boolean },
  begin: (model: Model) => void,
): Promise<ReachedAnswer | UpstreamFailure> {
  if (opened.kind === 'failure') return opened;
  const { result: events, model } = opened;
  try {
    begin(model);
    for (;;) {
      const step = await events.next();
      if (step.kind === 'failure') return step;
      if (step.kind === 'end') return { kind: 'reached', result: step, model };
      const isWritten = await deliver(step, model);
      delivered.content ||= isWritten && step.hasContent;
      cancellation.throwIfRequested();
    }
  } finally {
    events.close();
  }
}

function postOf(
  holdId: string,
  licenseId: string,
  { result, model }: ReachedAnswer,
  asked: Model,
): SettleWant {
  const { tokens } = result;
  return {
    holdId,
    licenseId,
    outcome: 'posted',
    reason: 'success',
    promptTokens: tokens?.promptTokens,
    completionTokens: tokens?.completionTokens,
    costMicrousd: costMicrousdOf(tokens, model.card.pricing),
    ...(model !== asked && { answeredBy: model.id }),
  };
}

/** The counters right after the hold ended as wanted; null where it had ended before. */
async function settle(want: SettleWant, deps: ChatDeps, kept?: KeptReply): Promise<Usage | null> {
  const settled = await deps.ledger.settle(want, kept);
  if (settled.kind === 'ended') return settled.usage;
  deps.alert('a hold had ended before its request', { holdId: want.holdId, state: settled.state });
  return null;
}

/** The message for the caller. The true reason is in the log and with the hold. */
function refusalOfFailure(failure: UpstreamFailure, usage: Usage | null, charged: number): Refusal {
  const { code, field, upstreamCode, retryAfterSeconds } = failure;
  const more = {
    charged,
    ...(usage && { usage, plan: usage.plan }),
    ...(field !== undefined && { field }),
    ...(upstreamCode !== undefined && { upstreamCode }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  return code === 'invalid_request'
    ? refuse(code, 'upstream_rejected', { detail: failure.detail ?? '' }, more)
    : refuse(code, code, {}, more);
}
