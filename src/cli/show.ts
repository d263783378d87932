// How answers are shown: as JSON for scripts, as tables for people.

import type { Json } from './client.js';

type Made = Record<string, (row: Json) => string>;

export interface Show {
  /** A list; a table of these columns. `made`: columns whose text is made of the whole row. */
  table(answer: Json, list: string, columns: string[], made?: Made): void;
  /** One thing, a line a field. */
  fields(answer: Json): void;
}

export function createShow(isJson: boolean, write: (text: string) => void): Show {
  const json = (answer: Json) => write(JSON.stringify(answer, null, 2));
  return {
    table(answer, list, columns, made = {}) {
      if (isJson) return json(answer);
      const rows = answer[list] as Json[];
      write(
        tableOf(
          columns,
          rows.map(row => columns.map(column => textOf(made[column]?.(row) ?? row[column]))),
        ),
      );
      if (answer.next_cursor) write(`more: --cursor ${answer.next_cursor}`);
    },
    fields(answer) {
      if (isJson) return json(answer);
      const rows = flattened(answer);
      const width = Math.max(0, ...rows.map(([name]) => name.length));
      for (const [name, text] of rows) write(`${name.padEnd(width)}  ${text}`);
    },
  };
}

function tableOf(columns: string[], rows: string[][]): string {
  const all = [columns.map(column => column.toUpperCase()), ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map(row => (row[at] ?? '').length)));
  return all
    .map(row =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `usage.used`, `usage.limit`, ...; a list is one line an entry. */
function flattened(value: unknown, name = ''): Array<[string, string]> {
  if (typeof value !== 'object' || value === null) return [[name, textOf(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flattened(inner, name === '' ? key : `${name}.${key}`),
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  // Control characters of a note must not steer a terminal.
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
