// One block of Markdown. Its writing direction is that of most of its letters.

import type { Token, Tokens } from 'marked';
import { lazy, memo, type ReactNode, Suspense } from 'react';
import { Code } from './Code.js';
import { isList } from './cutBlock.js';
import { type Direction, directionOf } from './direction.js';
import { inlineOf, type Manner } from './inline.js';
import css from './markdown.module.css';

const Formula = lazy(() => import('./Formula.js'));

export interface BlockManner extends Manner {
  /** `auto`: each block has its own direction. */
  direction: Direction | 'auto';
  codeLabel: string;
  /** The level of the first heading on the page; 3 in a conversation. */
  firstHeading: 1 | 2 | 3;
}

interface BlockProps {
  token: Token;
  manner: BlockManner;
  isGrowing?: boolean;
}

export const Block = memo(
  function Block({ token, manner, isGrowing = false }: BlockProps): ReactNode {
    const dir = directionFor(token, manner);
    switch (token.type) {
      case 'heading':
        return <Heading token={token as Tokens.Heading} manner={manner} />;
      case 'paragraph':
        return <p {...dir}>{inlineOf(token.tokens, manner)}</p>;
      case 'text':
        return <span {...dir}>{inlineOf(token.tokens ?? [token], manner)}</span>;
      case 'blockquote':
        return (
          <blockquote {...dir}>
            <Inner tokens={token.tokens} manner={manner} isGrowing={isGrowing} />
          </blockquote>
        );
      case 'code': {
        const [language = ''] = `${token.lang ?? ''}`.split(/\s/);
        return (
          <Code
            code={`${token.text}`}
            language={language}
            label={manner.codeLabel}
            isGrowing={isGrowing}
          />
        );
      }
      case 'checkbox':
        return token.checked ? '☑ ' : '☐ ';
      case 'hr':
        return <hr />;
      case 'formula':
        return (
          <div className={css.formula} dir="ltr">
            <Suspense fallback={<code>{`${token.tex}`}</code>}>
              <Formula tex={`${token.tex}`} isDisplayed />
            </Suspense>
          </div>
        );
      case 'table':
        return <Table token={token as Tokens.Table} manner={manner} />;
      case 'list':
        return isList(token) ? <List token={token} manner={manner} isGrowing={isGrowing} /> : null;
      default:
        // HTML is shown as it was written.
        return <p {...dir}>{token.raw.trim()}</p>;
    }
  },
  (before, after) =>
    before.token.raw === after.token.raw &&
    before.token.type === after.token.type &&
    before.isGrowing === after.isGrowing &&
    before.manner === after.manner,
);

function Inner({
  tokens,
  manner,
  isGrowing = false,
}: { tokens: Token[] | undefined } & Omit<BlockProps, 'token'>) {
  const shown = (tokens ?? []).filter(({ type }) => type !== 'space' && type !== 'def');
  return shown.map((token, at) => (
    <Block
      // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and never move
      key={at}
      token={token}
      manner={manner}
      isGrowing={isGrowing && at === shown.length - 1}
    />
  ));
}

function Heading({ token, manner }: { token: Tokens.Heading; manner: BlockManner }) {
  const level = Math.min(6, token.depth - 1 + manner.firstHeading) as 1 | 2 | 3 | 4 | 5 | 6;
  const Tag = `h${level}` as const;
  return (
    <Tag
      data-depth={token.depth}
      {...directionFor(token, manner)}
      {...(manner.isOwn && { id: nameOf(token.text) })}
    >
      {inlineOf(token.tokens, manner)}
    </Tag>
  );
}

/** The anchor of a heading: `Error codes` becomes `error-codes`. */
export function nameOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s+/g, '-');
}

function List({
  token,
  manner,
  isGrowing,
}: {
  token: Tokens.List;
  manner: BlockManner;
  isGrowing: boolean;
}) {
  const Tag = token.ordered ? 'ol' : 'ul';
  const start = token.ordered && typeof token.start === 'number' && { start: token.start };
  const lastAt = token.items.length - 1;
  return (
    <Tag {...start} {...directionFor(token, manner)}>
      {token.items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no other name, and never move
        <Item key={at} item={item} manner={manner} isGrowing={isGrowing && at === lastAt} />
      ))}
    </Tag>
  );
}

const Item = memo(
  function Item({
    item,
    manner,
    isGrowing,
  }: {
    item: Tokens.ListItem;
    manner: BlockManner;
    isGrowing: boolean;
  }) {
    // A nested list has its own direction.
    const own = item.tokens.filter(token => !isList(token) && token.type !== 'code');
    const text = own.map(({ raw }) => raw).join('\n');
    return (
      <li {...fixed(text, manner)} data-task={item.task || undefined}>
        <Inner tokens={item.tokens} manner={manner} isGrowing={isGrowing} />
      </li>
    );
  },
  (before, after) =>
    before.item.raw === after.item.raw &&
    before.isGrowing === after.isGrowing &&
    before.manner === after.manner,
);

function Table({ token, manner }: { token: Tokens.Table; manner: BlockManner }) {
  const align = (at: number) => {
    const side = token.align[at];
    return side && { style: { textAlign: side } };
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className={css.table} tabIndex={0} {...directionFor(token, manner)}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
              <th key={at} {...fixed(cell.text, manner)} {...align(at)}>
                {inlineOf(cell.tokens, manner)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <tr key={line}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
                <td key={at} {...fixed(cell.text, manner)} {...align(at)}>
                  {inlineOf(cell.tokens, manner)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function directionFor(token: Token, manner: BlockManner) {
  return fixed(token.raw, manner);
}

/** No direction if there are no letters. Then it is that of the text around. */
function fixed(text: string, { direction }: BlockManner): { dir?: Direction } {
  const dir = direction === 'auto' ? directionOf(text) : direction;
  return dir === null ? {} : { dir };
}
