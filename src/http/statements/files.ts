// Writes a statement as a file while its requests are read. Only the totals are in memory, so it may have any length.

import { createHash } from 'node:crypto';
import { Totals } from '../../domain/receipt.js';
import type { ExportRow } from '../../store/reports/exports.js';
import { csvLines } from '../kernel/csv.js';
import type { Head } from './views.js';
import type { ListedWire, StatementWire } from './wire.js';

export interface Month {
  head: Head;
  /** The charged requests, in pieces. */
  listed(): AsyncGenerator<ListedWire[]>;
}

/** The signature comes last, because it covers everything before it. */
export async function* jsonStatement(
  { head, listed }: Month,
  sign: (statement: StatementWire) => string,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const totals = new Totals();
  yield '{"requests":[';
  for await (const piece of listed()) {
    const lines = piece.map(row => JSON.stringify(row));
    for (const line of lines) hash.update(`${line}\n`);
    yield (totals.requests === 0 ? '\n' : ',\n') + lines.join(',\n');
    for (const row of piece) totals.add(row);
  }
  const statement: StatementWire = {
    ...head,
    totals: totals.rows(),
    requests: { count: totals.requests, sha256: hash.digest('hex') },
  };
  yield `\n],"statement":${JSON.stringify(statement)},"jws":${JSON.stringify(sign(statement))}}\n`;
}

/** For spreadsheets. Each request has a line. */
export function csvStatement({ listed }: Month, showsCost: boolean): AsyncGenerator<string> {
  const columns = 'request_id at provider model unit units prompt_tokens completion_tokens'.split(
    ' ',
  );
  return csvLines({
    columns: showsCost ? [...columns, 'cost_microusd'] : columns,
    async *rows() {
      for await (const piece of listed()) yield piece as ExportRow[];
    },
  });
}

export async function totalsOf({ listed }: Month): Promise<Totals> {
  const totals = new Totals();
  for await (const piece of listed()) for (const row of piece) totals.add(row);
  return totals;
}
