// A statement to print: a page without scripts that loads nothing, so that it can be kept as a file.

import { createHash } from 'node:crypto';
import { escaped } from '../../domain/html.js';
import {
  dollarsInWords,
  instantInWords,
  numberInWords,
  periodInWords,
} from '../../domain/inWords.js';
import { DIRECTIONS, type Language } from '../../domain/language.js';
import { DESCRIPTIONS } from '../../domain/provider.js';
import type { Totals } from '../../domain/receipt.js';
import { STATEMENT_TEXTS } from '../../i18n/statement.js';
import type { Head } from './views.js';
import type { StatementWire } from './wire.js';

const STYLE = `
body{max-width:52rem;margin:2rem auto;padding:0 1rem;font:16px/1.7 Vazirmatn,Tahoma,'Noto Sans TC',sans-serif;color:#111;background:#fff}
table{width:100%;border-collapse:collapse;margin:.5rem 0 1.5rem}
th,td{padding:.3rem .5rem;border-bottom:1px solid #bbb;text-align:start;vertical-align:top}
td.number,th.number{text-align:end;white-space:nowrap}
tfoot td{font-weight:bold}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#555}dd{margin:0}
.note{color:#555;font-size:.9rem}.code{font-family:monospace;overflow-wrap:anywhere}
thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{margin:0;max-width:none;font-size:11pt}}
`;

const STYLE_DIGEST = createHash('sha256').update(STYLE).digest('base64');
/** Also written into the page, for when it is opened from a disk. */
export const STATEMENT_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; base-uri 'none'; form-action 'none'`;

export function statementPage(head: Head, totals: Totals, language: Language): string {
  const texts = STATEMENT_TEXTS[language];
  const words = wordsOf(language, head);
  const month = periodInWords(head.period, language);
  const name = head.issuer.name ?? head.issuer.url;
  const facts: Array<[string, string]> = [
    [texts.issuer, isolated(name)],
    [texts.license, `<bdi class="code">${escaped(head.license)}</bdi>`],
    [texts.month, isolated(month)],
    ...(head.begins_at === null
      ? []
      : ([[texts.from, isolated(words.instant(head.begins_at))]] as Array<[string, string]>)),
    [texts.until, isolated(words.instant(head.ends_at))],
    [texts.asOf, isolated(words.instant(head.as_of))],
  ];
  return `<!doctype html>
<html lang="${language}" dir="${DIRECTIONS[language]}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${STATEMENT_POLICY}">
<title>${escaped(`${texts.title} · ${month} · ${name}`)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(texts.title)}</h1>
<dl>${facts.map(([term, fact]) => `<dt>${escaped(term)}</dt><dd>${fact}</dd>`).join('')}</dl>
${head.is_final ? '' : `<p role="note">${escaped(texts.isRunning)}</p>`}
${balanceOf(head, totals, language)}
${totalsOf(totals, language)}
${linesOf(head, language)}
<p class="note">${escaped(texts.howToCheck)}</p>
</body></html>
`;
}

type Unit = StatementWire['unit'];

function wordsOf(language: Language, { time_zone: zone }: Pick<Head, 'time_zone'>) {
  return {
    instant: (at: string) => instantInWords(new Date(at), language, zone),
  };
}

function amountIn(language: Language, unit: Unit, units: number): string {
  return unit === 'microusd'
    ? dollarsInWords(units, language)
    : STATEMENT_TEXTS[language].requestsOf(numberInWords(units, language));
}

function balanceOf(head: Head, totals: Totals, language: Language): string {
  if (head.balance === null) return '';
  const { opening, charged, closing } = STATEMENT_TEXTS[language];
  const ofUnit = totals.rows().filter(({ unit }) => unit === head.unit);
  const spent = ofUnit.reduce((sum, { units }) => sum + units, 0);
  const facts: Array<[string, number]> = [
    [opening, head.balance.opening],
    [charged, spent],
    [closing, head.balance.closing],
  ];
  const shown = facts.map(
    ([term, units]) =>
      `<dt>${escaped(term)}</dt><dd>${isolated(amountIn(language, head.unit, units))}</dd>`,
  );
  return `<dl>${shown.join('')}</dl>`;
}

function totalsOf(totals: Totals, language: Language): string {
  const texts = STATEMENT_TEXTS[language];
  const rows = totals.rows();
  if (rows.length === 0) return `<p>${escaped(texts.nothing)}</p>`;
  const number = (value: number) => cell(numberInWords(value, language));
  const amount = (unit: Unit, units: number) => cell(amountIn(language, unit, units));
  const lines = rows.map(
    row =>
      `<tr><td>${isolated(row.model)}</td><td>${isolated(DESCRIPTIONS[row.provider].name)}</td>${number(
        row.requests,
      )}${number(row.prompt_tokens)}${number(row.completion_tokens)}${amount(row.unit, row.units)}</tr>`,
  );
  // If the plan changed from requests to money within the month, there is a sum of each.
  const sums = [...new Set(rows.map(({ unit }) => unit))].map(unit => {
    const of = rows.filter(row => row.unit === unit);
    const sum = (field: 'requests' | 'prompt_tokens' | 'completion_tokens' | 'units') =>
      of.reduce((total, row) => total + row[field], 0);
    return `<tr><td colspan="2">${escaped(texts.total)}</td>${number(sum('requests'))}${number(
      sum('prompt_tokens'),
    )}${number(sum('completion_tokens'))}${amount(unit, sum('units'))}</tr>`;
  });
  const { model, provider, requests, tokensIn, tokensOut, amount: charged } = texts;
  return `<h2>${escaped(texts.byModel)}</h2><table><thead><tr>${heads([model, provider])}${heads(
    [requests, tokensIn, tokensOut, charged],
    true,
  )}</tr></thead><tbody>${lines.join('')}</tbody><tfoot>${sums.join('')}</tfoot></table>`;
}

function linesOf(head: Head, language: Language): string {
  const { lines: title, at, what, change, left } = STATEMENT_TEXTS[language];
  if (head.balance === null) return '';
  const words = wordsOf(language, head);
  const amount = (units: number) => cell(amountIn(language, head.unit, units));
  const rows = head.balance.lines.map(
    line =>
      `<tr><td>${isolated(words.instant(line.at))}</td><td>${isolated(line.what)}</td>${amount(
        line.units,
      )}${amount(line.sum)}</tr>`,
  );
  return `<h2>${escaped(title)}</h2><table><thead><tr>${heads([at, what])}${heads(
    [change, left],
    true,
  )}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function heads(texts: string[], areNumbers = false): string {
  const of = areNumbers ? ' class="number"' : '';
  return texts.map(text => `<th scope="col"${of}>${escaped(text)}</th>`).join('');
}

function cell(text: string): string {
  return `<td class="number">${isolated(text)}</td>`;
}

/** Isolates a text whose writing direction may differ from the text around it. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}
