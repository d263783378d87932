// CSV by RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it.

import { stringify } from 'csv-stringify/sync';
import type { ExportTable } from '../../store/reports/exports.js';

export async function* csvLines({ columns, rows }: ExportTable): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const piece of rows()) {
    yield stringify(piece, {
      columns,
      escape_formulas: true,
      record_delimiter: 'windows',
      quoted_match: /[\r\n]/,
    });
  }
}
