// Lists are read in pages.

import { type Refusal, refuseField } from './refusal.js';

export interface PageQuery {
  /** The `nextCursor` of the previous page. */
  cursor?: string | undefined;
  /** The most rows of a page, at least 1. */
  limit: number;
}

export interface Page<Row> {
  kind: 'page';
  rows: Row[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export const CURSOR_EXPECTED = 'the next_cursor of a page';

export function refuseCursor(): Refusal {
  return refuseField('cursor', CURSOR_EXPECTED);
}
