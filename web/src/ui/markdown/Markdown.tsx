// Markdown. Its renderer is loaded with the first text. Until then the text is shown as it was written.

import { lazy, Suspense } from 'react';
import type { MarkdownProps } from './MarkdownText.js';
import css from './markdown.module.css';

const MarkdownText = lazy(() => import('./MarkdownText.js'));

export function Markdown(props: MarkdownProps) {
  return (
    <Suspense fallback={<div className={css.plain}>{props.text}</div>}>
      <MarkdownText {...props} />
    </Suspense>
  );
}

export type { MarkdownProps } from './MarkdownText.js';
