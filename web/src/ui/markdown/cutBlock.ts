// A block has no end while it grows. It is cut before it becomes long, so that a long one takes no longer to read and
// to draw than a short one.

import type { Token, Tokens } from 'marked';

const MOST_ITEMS = 40;
const MOST_ROWS = 40;
const MOST_LETTERS = 4_000;

export interface Cut {
  /** What is done; none where the block is not long. */
  begin: Token[];
  rest: Token;
  head: string;
}

export function cutBlock(token: Token): Cut {
  const whole = { begin: [], rest: token, head: '' };
  if (isList(token)) return token.items.length > MOST_ITEMS ? cutList(token) : whole;
  if (isTable(token)) return token.rows.length > MOST_ROWS ? cutTable(token) : whole;
  if (token.raw.length <= MOST_LETTERS) return whole;
  if (token.type === 'blockquote') return cutQuote(token as Tokens.Blockquote) ?? whole;
  if (token.type === 'paragraph') return cutParagraph(token as Tokens.Paragraph) ?? whole;
  return whole;
}

export function isList(token: Token): token is Tokens.List {
  return token.type === 'list' && Array.isArray(token.items);
}

function isTable(token: Token): token is Tokens.Table {
  return token.type === 'table' && Array.isArray(token.rows);
}

function cutList(token: Tokens.List): Cut {
  const done = token.items.slice(0, -1);
  const begin = { ...token, items: done, raw: done.map(({ raw }) => raw).join('') };
  const start = token.ordered && token.start !== '' ? token.start + done.length : token.start;
  const rest = { ...token, start, items: token.items.slice(-1) };
  return { begin: [begin], rest: { ...rest, raw: token.raw.slice(begin.raw.length) }, head: '' };
}

/** The rest has the same head once more, as a table has on each sheet of paper. */
function cutTable(token: Tokens.Table): Cut {
  const head = linesOf(token.raw, 2);
  const raw = linesOf(token.raw, 2 + token.rows.length - 1);
  const begin = { ...token, rows: token.rows.slice(0, -1), raw };
  const rest = { ...token, rows: token.rows.slice(-1), raw: head + token.raw.slice(raw.length) };
  return { begin: [begin], rest, head };
}

/** Before its last block. A quote has as many lines as what is in it. */
function cutQuote(token: Tokens.Blockquote): Cut | null {
  const done = token.tokens.slice(0, -1);
  const lines = done.reduce((sum, { raw }) => sum + raw.split('\n').length - 1, 0);
  const raw = linesOf(token.raw, lines);
  if (lines === 0 || raw.length === token.raw.length) return null;
  const rest = { ...token, tokens: token.tokens.slice(-1), raw: token.raw.slice(raw.length) };
  return { begin: [{ ...token, tokens: done, raw }], rest, head: '' };
}

const SENTENCE_END = /\n|[.!?؟] +|[。！？] */g;
const WORD_END = / /g;
/** What begins so is read as a paragraph when it is read alone, and never as a heading, a list or code. */
const BEGINS_PARAGRAPH = /^[\p{L}"'(«“‘「]/u;
const VOID_TAG = /^<(?:br|hr|img|wbr)\b|\/>$/i;

/** After its last line or sentence, where one ends in plain text and not within an emphasis, a link or a tag. */
function cutParagraph(token: Tokens.Paragraph): Cut | null {
  return cutAfter(SENTENCE_END, token) ?? cutAfter(WORD_END, token);
}

function cutAfter(end: RegExp, token: Tokens.Paragraph): Cut | null {
  const { tokens, raw } = token;
  let best: { index: number; within: number; at: number } | null = null;
  let from = 0;
  let openTags = 0;
  for (const [index, each] of tokens.entries()) {
    if (each.type === 'html') openTags += tagsOpenedBy(each.raw);
    if (each.type === 'text' && openTags <= 0) {
      for (const place of each.raw.matchAll(end)) {
        const within = place.index + place[0].length;
        const at = from + within;
        if (BEGINS_PARAGRAPH.test(raw.slice(at, at + 2))) best = { index, within, at };
      }
    }
    from += each.raw.length;
  }
  if (!best) return null;
  const { index, within, at } = best;
  const [done, rest] = halvesOf(tokens[index] as Token, within);
  return {
    begin: [{ ...token, raw: raw.slice(0, at), tokens: [...tokens.slice(0, index), done] }],
    rest: { ...token, raw: raw.slice(at), tokens: [rest, ...tokens.slice(index + 1)] },
    head: '',
  };
}

function tagsOpenedBy(tag: string): number {
  if (tag.startsWith('<!') || VOID_TAG.test(tag)) return 0;
  return tag.startsWith('</') ? -1 : 1;
}

function halvesOf(text: Token, at: number): [Token, Token] {
  const part = (raw: string) => ({ ...text, raw, text: raw });
  return [part(text.raw.slice(0, at)), part(text.raw.slice(at))];
}

/** The first `count` of them, with their ends. */
function linesOf(text: string, count: number): string {
  const lines = text.split('\n').slice(0, count);
  return lines.map(line => `${line}\n`).join('');
}
