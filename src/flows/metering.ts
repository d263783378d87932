// The cost of a call whose plan sells money. Before the hold its cost is bounded; then the true cost is posted.

import { beginningOfPiece, mostTokensOf, TOKENS_AROUND_ANSWER } from '../domain/bound/output.js';
import type { Counted } from '../domain/bound/prices.js';
import { type Quote, quoteOf, SLICE_TOKENS } from '../domain/bound/quote.js';
import type { AnyPiece, CallRequest } from '../domain/call.js';
import type { Model, WalletTerms } from '../domain/catalog.js';
import type { StreamPiece } from '../domain/chat.js';
import type { Usage } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';

/** Refuses a call whose cost cannot be bounded, so that nothing is sent that cannot be counted. */
export function quoteOrRefuse(
  request: CallRequest,
  models: [Model, ...Model[]],
  wallet: WalletTerms,
  plan: string,
): Quote | Refusal {
  const { kind } = models[0].card;
  const parameters = { plan, kind };
  return (
    quoteOf(request, models, wallet) ??
    refuse('content_not_supported', 'kind_not_for_money', parameters, { field: 'model' })
  );
}

/** A hold, in micro-dollars. */
export interface MeteredHold {
  units: number;
  /** The most that it may grow to: the call's bound, or what was free if that is less. */
  affords: number;
  /** Tries to grow the hold to so many units; resolves to what is held then. */
  extend(units: number): Promise<number>;
}

/** One call's meter, from its hold to its post. */
export class Metering {
  /** The limit of the answer that is sent upstream. */
  readonly maxTokens: number;
  /** Set to the same number if it is lower than requested, because no more could be held. */
  readonly reducedTo: number | undefined;
  private heldNow: number;
  private tokensHeldFor: number;
  private tokensCome = TOKENS_AROUND_ANSWER;
  private tokensDelivered = TOKENS_AROUND_ANSWER;

  constructor(
    private readonly quote: Quote,
    private readonly hold: MeteredHold,
    private readonly at: Date,
  ) {
    const { units, affords } = hold;
    this.maxTokens = quote.maxTokensFor(affords);
    this.reducedTo = affords < quote.most ? this.maxTokens : undefined;
    this.heldNow = units;
    this.tokensHeldFor = quote.maxTokensFor(units);
  }

  /** The most that the call may cost: what the hold may grow to. */
  get affords(): number {
    return this.hold.affords;
  }

  /** What is held, in micro-dollars. */
  get held(): number {
    return this.heldNow;
  }

  /**
   * The part of a piece that may be delivered. The hold grows for it if it has to. If it cannot grow enough, that is
   * only the beginning of the piece, and nothing may be delivered after it.
   */
  heldFor(piece: AnyPiece): AnyPiece | Promise<AnyPiece> {
    // No answer is longer than the limit that was sent.
    if (this.tokensHeldFor >= this.maxTokens || !('choices' in piece)) return piece;
    const before = this.tokensCome;
    this.tokensCome += mostTokensOf(piece);
    return this.tokensCome <= this.tokensHeldFor ? piece : this.grownFor(piece, before);
  }

  /** Asynchronous, but rarely needed: nearly all pieces are held for already. */
  private async grownFor(piece: StreamPiece, before: number): Promise<StreamPiece> {
    const wanted = this.quote.mostFor(this.tokensCome + Math.max(SLICE_TOKENS, this.tokensCome));
    this.heldNow = await this.hold.extend(Math.min(wanted, this.affords));
    this.tokensHeldFor = this.quote.maxTokensFor(this.heldNow);
    if (Math.min(this.tokensCome, this.maxTokens) <= this.tokensHeldFor) return piece;
    return beginningOfPiece(piece, this.tokensHeldFor - before);
  }

  /** Notes a piece that reached the caller. */
  delivered(piece: AnyPiece): void {
    this.tokensDelivered +=
      'choices' in piece ? mostTokensOf(piece) : Buffer.byteLength(JSON.stringify(piece.events));
  }

  /**
   * The charge for an answer that was delivered whole. If its upstream counted nothing, it is the most that the answer
   * can have cost.
   */
  chargeOf(answer: Counted, model: Model): number {
    return this.quote.chargeFor(answer, model, this.at) ?? this.heldNow;
  }

  /** The charge for an answer whose end is not known: the input, and what was delivered. */
  chargeOfDelivered(): number {
    return Math.min(this.heldNow, this.quote.mostFor(this.tokensDelivered));
  }

  /** Adds to the usage in the reply how far the answer's limit was reduced. */
  tell(usage: Usage): Usage {
    return this.reducedTo === undefined ? usage : { ...usage, maxTokensReducedTo: this.reducedTo };
  }
}
