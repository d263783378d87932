// Takes Markdown apart into blocks. While a text grows, only its last block is read anew.

import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from 'marked';
import { cutBlock } from './cutBlock.js';

/** A formula in TeX; `isDisplayed` where it stands by itself. */
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

/** `$5 and $6` is money: a formula begins and ends with no space, and no digit follows it. */
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
  /** Whole: they stay the same objects. */
  done: Token[];
  /** What may still change: normally one block. */
  last: Token[];
  /** Where in the text the last ones begin. */
  from: number;
  /** What stands before them when they are read: the head of a table whose first rows are done. */
  head: string;
}

export const NO_BLOCKS: Blocks = { done: [], last: [], from: 0, head: '' };

/** `text` begins with the text that `before` was made of. */
export function growBlocks(before: Blocks, text: string): Blocks {
  // Lengths of blocks are counted in a text whose lines end in one character.
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
