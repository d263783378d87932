import { saveFile } from '../../ui/saveFile.js';
import type { UsageGroup, UsageRow } from './holder.js';

export function usageCsv(rows: UsageRow[], group: UsageGroup): string {
  const lines = rows.map(({ key, name = key, requests, prompt_tokens, completion_tokens }) =>
    [cell(name), requests, prompt_tokens, completion_tokens].join(','),
  );
  return [`${group},requests,prompt_tokens,completion_tokens`, ...lines, ''].join('\r\n');
}

/** Quotes a cell, and marks texts that a spreadsheet would take for a formula. */
function cell(text: string): string {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export function saveCsv(name: string, text: string): void {
  saveFile(name, new Blob(['\ufeff', text], { type: 'text/csv' }));
}
