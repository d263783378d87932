// Splits Markdown into blocks. While a text grows, only its last block is parsed again.

import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from 'marked';
import { cutBlock } from './cutBlock.js';

/** A formula in TeX. `isDisplayed`: it is a block of its own, not within a sentence. */
export interface FormulaToken extends Tokens.Generic {
  type: 'formula';
  tex: string;
  isDisplayed: boolean;
}

const displayed: TokenizerAndRendererExtension = {
  name: 'formula',
  level: 'block',
  start: source => source.match(/(^|\n) {0,3}(\$\$|\\\[)/)?.index,
  tokenizer(source) {
    const found =
      /^ {0,3}\$\$([\s\S]+?)\$\$ *(?:\n|$)/.exec(source) ??
      /^ {0,3}\\\[([\s\S]+?)\\\] *(?:\n|$)/.exec(source);
    return found?.[1] === undefined ? undefined : formula(found[0], found[1], true);
  },
};

/** `$5 and $6` is money. A formula does not begin or end with a space, and no digit follows it. */
const inSentence: TokenizerAndRendererExtension = {
  name: 'formula',
  level: 'inline',
  start: source => source.match(/\$|\\\(/)?.index,
  tokenizer(source) {
    const found =
      /^\\\(([\s\S]+?)\\\)/.exec(source) ??
      /^\$\$([^$\n]+?)\$\$/.exec(source) ??
      /^\$(?!\s)((?:\\.|[^\\$\n])+?)(?<!\s)\$(?![\d$])/.exec(source);
    return found?.[1] === undefined ? undefined : formula(found[0], found[1], false);
  },
};

function formula(raw: string, tex: string, isDisplayed: boolean): FormulaToken {
  return { type: 'formula', raw, tex: tex.trim(), isDisplayed };
}

const marked = new Marked({
  gfm: true,
  extensions: [displayed, { ...inSentence, name: 'sentenceFormula' }],
});

export interface Blocks {
  /** Finished blocks, which stay the same objects. */
  done: Token[];
  /** Blocks that may still change, usually one. */
  last: Token[];
  /** The place in the text where `last` begins. */
  from: number;
  /** What stands before them when they are read: the head of a table whose first rows are done. */
  head: string;
}

export const NO_BLOCKS: Blocks = { done: [], last: [], from: 0, head: '' };

/** `text` must begin with the text of `before`. */
export function growBlocks(before: Blocks, text: string): Blocks {
  // The parser counts lengths in a text with `\n` line ends.
  const read = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const tokens: Token[] = marked.lexer(before.head + read.slice(before.from));
  const lastAt = tokens.findLastIndex(token => token.type !== 'space');
  const last = tokens[lastAt];
  if (last === undefined) return { ...before, last: [] };
  const { begin, rest, head } = cutBlock(last);
  const settled = [...tokens.slice(0, lastAt), ...begin];
  if (settled.length === 0) return { ...before, last: [rest] };
  const length = settled.reduce((sum, { raw }) => sum + raw.length, 0);
  return {
    done: [...before.done, ...settled.filter(isShown)],
    last: [rest],
    from: before.from + length - before.head.length,
    head,
  };
}

export function blocksOf(text: string): Token[] {
  const { done, last } = growBlocks(NO_BLOCKS, text);
  return [...done, ...last];
}

function isShown({ type }: Token): boolean {
  return type !== 'space' && type !== 'def';
}
