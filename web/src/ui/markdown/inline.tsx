// Draws the content of a block: emphasis, links, code, formulas. It makes elements, never HTML text, so HTML that a
// model writes is shown as text.

import type { Token } from 'marked';
import { Fragment, lazy, type ReactNode, Suspense } from 'react';
import { safeLink, safePicture } from './addresses.js';
import css from './markdown.module.css';

const Formula = lazy(() => import('./Formula.js'));

/** Tags that are allowed without attributes, because Markdown has nothing for them. */
const PLAIN_TAG = /^<(\/?)(sub|sup|kbd|mark|u|b|i|s|br)\s*\/?>$/i;

export interface Manner {
  /** Whether the text is ours. Then its links may lead to our pages, and its pictures are shown. */
  isOwn: boolean;
}

export function inlineOf(tokens: Token[] | undefined, manner: Manner): ReactNode[] {
  const shown: ReactNode[] = [];
  for (let at = 0; at < (tokens ?? []).length; at++) {
    const token = tokens?.[at];
    if (!token) continue;
    const tag = token.type === 'html' ? PLAIN_TAG.exec(token.raw.trim()) : null;
    const name = tag?.[2]?.toLowerCase();
    if (name === 'br') {
      shown.push(<br key={at} />);
      continue;
    }
    const end = name && tag?.[1] === '' ? endOf(tokens ?? [], at, name) : -1;
    if (name && end > at) {
      const Tag = name as 'sub' | 'sup' | 'kbd' | 'mark' | 'u' | 'b' | 'i' | 's';
      shown.push(<Tag key={at}>{inlineOf(tokens?.slice(at + 1, end), manner)}</Tag>);
      at = end;
      continue;
    }
    shown.push(<Fragment key={at}>{shownAs(token, manner)}</Fragment>);
  }
  return shown;
}

function endOf(tokens: Token[], from: number, name: string): number {
  return tokens.findIndex(
    ({ type, raw }, at) => at > from && type === 'html' && raw.toLowerCase() === `</${name}>`,
  );
}

function shownAs(token: Token, manner: Manner): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong>{inlineOf(token.tokens, manner)}</strong>;
    case 'em':
      return <em>{inlineOf(token.tokens, manner)}</em>;
    case 'del':
      return <del>{inlineOf(token.tokens, manner)}</del>;
    case 'codespan':
      return (
        <code className={css.inlineCode} dir="ltr">
          {token.text}
        </code>
      );
    case 'br':
      return <br />;
    case 'link':
      return linkOf(`${token.href}`, inlineOf(token.tokens, manner), `${token.text}`, manner);
    case 'image':
      return pictureOf(`${token.href}`, `${token.text}`, manner);
    case 'formula':
      return (
        <Suspense fallback={<code dir="ltr">{`${token.tex}`}</code>}>
          <Formula tex={`${token.tex}`} isDisplayed={false} />
        </Suspense>
      );
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'escape':
      return `${token.text}`;
    case 'text':
      return token.tokens ? inlineOf(token.tokens, manner) : decoded(`${token.text}`);
    default:
      return token.raw;
  }
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  zwnj: '\u200c',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  times: '×',
};

/** Decodes HTML entities, because elements need plain text. */
function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi,
    (whole, ten, sixteen, name) => {
      if (name) return ENTITIES[name] ?? whole;
      const point = ten ? Number(ten) : Number.parseInt(sixteen, 16);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

function linkOf(href: string, shown: ReactNode, text: string, { isOwn }: Manner): ReactNode {
  const address = safeLink(href, isOwn);
  if (address === null) return shown;
  const isAddress = text === href || href.endsWith(text);
  const content = isAddress ? <bdi dir="ltr">{shown}</bdi> : shown;
  if (isOwn && !address.includes(':')) return <a href={address}>{content}</a>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {content}
    </a>
  );
}

/** A picture on another host becomes a link, because loading it would tell that host who reads. */
function pictureOf(source: string, text: string, manner: Manner): ReactNode {
  const picture = safePicture(source, manner.isOwn);
  if (picture !== null) return <img className={css.picture} src={picture} alt={text} />;
  return linkOf(source, text || source, text || source, manner);
}
