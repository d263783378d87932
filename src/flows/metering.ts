// The cost of a call whose plan sells money. Before the hold its cost is bounded; then the true cost is posted.

import type { Counted } from '../domain/bound/prices.js';
import { type Quote, quoteOf } from '../domain/bound/quote.js';
import type { AnyPiece, CallRequest } from '../domain/call.js';
import type { Model, WalletTerms } from '../domain/catalog.js';
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

/** One call's meter, from its hold to its post. */
export class Metering {
  /** The limit of the answer that is sent upstream. */
  readonly maxTokens: number;
  /** Set to the same number if it is lower than requested, because no more could be held. */
  readonly reducedTo: number | undefined;
  private answerBytes = 0;

  constructor(
    private readonly quote: Quote,
    /** What was held, in micro-dollars. */
    readonly held: number,
    private readonly at: Date,
  ) {
    this.maxTokens = quote.maxTokensFor(held);
    this.reducedTo = held < quote.most ? this.maxTokens : undefined;
  }

  /** Notes a piece that reached the caller. */
  delivered(piece: AnyPiece): void {
    this.answerBytes += Buffer.byteLength(JSON.stringify(said(piece)));
  }

  /**
   * The charge for an answer that was delivered whole. If its upstream counted nothing, it is the most that the answer
   * can have cost.
   */
  chargeOf(answer: Counted, model: Model): number {
    return this.quote.chargeFor(answer, model, this.at) ?? this.held;
  }

  /** The charge for an answer whose caller left: for the input, and for what was delivered. */
  chargeOfDelivered(): number {
    return Math.min(this.held, this.quote.chargeForBytes(this.answerBytes));
  }

  /** Adds to the usage in the reply how far the answer's limit was reduced. */
  tell(usage: Usage): Usage {
    return this.reducedTo === undefined ? usage : { ...usage, maxTokensReducedTo: this.reducedTo };
  }
}

function said(piece: AnyPiece): unknown {
  return 'choices' in piece ? piece.choices.map(({ delta }) => delta) : piece.events;
}
