// How a fact is kept: what is asked for by SQL has columns, the rest is JSON.

import type {
  Amount,
  FactKind,
  PurchaseFact,
  Statement,
  SubscribedItem,
} from '../../domain/purchase.js';
import type { Seller } from '../../domain/shop.js';

/** The parts of a fact that have no column of their own. */
export interface FactDetails {
  products?: string[];
  quantity?: number;
  units?: number;
  amount?: Amount;
  about?: string;
  paid_from?: string;
  paid_until?: string;
  payment?: string;
  isTimeOnly?: boolean;
  pending?: string;
  tax?: number;
  uncounted?: string;
  soldAs?: string;
  items?: SubscribedItem[];
  statement?: Omit<Statement, 'readAt' | 'facts'> & { readAt: string; facts: StatedFact[] };
}

/** A fact within a statement: its shop and order are those of the statement. */
interface StatedFact {
  line: string;
  kind: FactKind;
  reference: string;
  at: string;
  currency?: string;
  details: FactDetails;
}

export interface FactRow {
  shop: Seller;
  order_id: string;
  /** The other id of the order that it was told of, or null. */
  told_as: string | null;
  line_id: string;
  kind: FactKind;
  reference: string;
  occurred_at: number;
  details: FactDetails;
  currency: string | null;
}

export function detailsOf({ paidTime, statement, ...fact }: PurchaseFact): FactDetails {
  const { shop: _, orderId, lineId, kind, reference, occurredAt, currency, toldAs, ...rest } = fact;
  return {
    ...rest,
    ...(paidTime && {
      paid_from: paidTime.startsAt.toISOString(),
      paid_until: paidTime.endsAt.toISOString(),
    }),
    ...(statement && {
      statement: {
        ...statement,
        readAt: statement.readAt.toISOString(),
        facts: statement.facts.map(stated => ({
          line: stated.lineId,
          kind: stated.kind,
          reference: stated.reference,
          at: stated.occurredAt.toISOString(),
          ...(stated.currency !== undefined && { currency: stated.currency }),
          details: detailsOf(stated),
        })),
      },
    }),
  };
}

export function factFrom(row: FactRow): PurchaseFact {
  const { paid_from, paid_until, statement, ...details } = row.details;
  const { shop, order_id: orderId } = row;
  return {
    shop,
    orderId,
    lineId: row.line_id,
    kind: row.kind,
    reference: row.reference,
    occurredAt: new Date(row.occurred_at),
    ...details,
    ...(row.currency !== null && { currency: row.currency }),
    ...(row.told_as !== null && { toldAs: row.told_as }),
    ...(paid_from !== undefined &&
      paid_until !== undefined && {
        paidTime: { startsAt: new Date(paid_from), endsAt: new Date(paid_until) },
      }),
    ...(statement && {
      statement: {
        ...statement,
        readAt: new Date(statement.readAt),
        facts: statement.facts.map(stated =>
          factFrom({
            shop,
            order_id: orderId,
            told_as: row.told_as,
            line_id: stated.line,
            kind: stated.kind,
            reference: stated.reference,
            occurred_at: Date.parse(stated.at),
            details: stated.details,
            currency: stated.currency ?? null,
          }),
        ),
      },
    }),
  };
}
