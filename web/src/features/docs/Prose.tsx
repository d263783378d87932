// A text with `code` and [links](/address) in it.

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import css from './docs.module.css';

const MARKED = /`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)/g;

export function Prose({ text }: { text: string }) {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, code, title, href] = match;
    parts.push(text.slice(from, match.index));
    parts.push(
      code !== undefined ? (
        <code key={match.index} className={css.code}>
          {code}
        </code>
      ) : (
        <Link key={match.index} href={href ?? ''} className={css.link ?? ''}>
          {title}
        </Link>
      ),
    );
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Only the words, for searching. */
export function plainText(text: string): string {
  return text.replace(MARKED, (_, code?: string, title?: string) => code ?? title ?? '');
}
