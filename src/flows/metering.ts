// What a call of a plan that sells money costs: it is bounded before the hold, and posted at its true cost.

import type { Counted } from '../domain/bound/prices.js';
import { type Quote, quoteOf } from '../domain/bound/quote.js';
import type { AnyPiece, CallRequest } from '../domain/call.js';
import type { Model, WalletTerms } from '../domain/catalog.js';
import type { Usage } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';

/** A call whose cost cannot be bounded is refused: nothing is sent that is not counted. */
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
  /** The same, where it is lower than was asked for because no more could be held. */
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
   * What an answer is charged. Where its upstream counted nothing: what all of it may have cost, because it was
   * delivered whole.
   */
  chargeOf(answer: Counted, model: Model): number {
    return this.quote.chargeFor(answer, model, this.at) ?? this.held;
  }

  /** What is charged of an answer that its caller gave up: the input, and what was delivered. */
  chargeOfDelivered(): number {
    return Math.min(this.held, this.quote.chargeForBytes(this.answerBytes));
  }

  /** Told in the reply. */
  tell(usage: Usage): Usage {
    return this.reducedTo === undefined ? usage : { ...usage, maxTokensReducedTo: this.reducedTo };
  }
}

function said(piece: AnyPiece): unknown {
  return 'choices' in piece ? piece.choices.map(({ delta }) => delta) : piece.events;
}
