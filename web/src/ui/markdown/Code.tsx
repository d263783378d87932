// A block of code: left to right, coloured once it is whole, with a button to copy it. Long code is drawn in pieces, so
// that growing code only changes its last piece.

import { memo, useEffect, useMemo, useState } from 'react';
import { CopyAction } from '../CopyField.js';
import css from './markdown.module.css';

const PIECE_LINES = 60;
/** Colours for more than this take longer than a frame. */
const MOST_COLOURED = 12_000;

interface CodeProps {
  code: string;
  language: string;
  label: string;
  isGrowing: boolean;
}

export const Code = memo(function Code({ code, language, label, isGrowing }: CodeProps) {
  const html = useColours(code, language, isGrowing);
  return (
    <figure className={css.code} dir="ltr" aria-label={language || label}>
      <figcaption className={css.codeHead}>
        <span>{language}</span>
        <CopyAction value={code} label={language || label} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>
        {html === null ? (
          <code>
            <Pieces code={code} />
          </code>
        ) : (
          // biome-ignore lint/security/noDangerouslySetInnerHtml: what highlight gives is purified
          <code dangerouslySetInnerHTML={{ __html: html }} />
        )}
      </pre>
    </figure>
  );
});

function useColours(code: string, language: string, isGrowing: boolean): string | null {
  const [html, setHtml] = useState<string | null>(null);
  useEffect(() => {
    setHtml(null);
    if (isGrowing || language === '' || code.length > MOST_COLOURED) return;
    let isCurrent = true;
    void import('./highlight.js').then(({ highlight }) => {
      if (isCurrent) setHtml(highlight(code, language.toLowerCase()));
    });
    return () => {
      isCurrent = false;
    };
  }, [code, language, isGrowing]);
  return html;
}

function Pieces({ code }: { code: string }) {
  const pieces = useMemo(() => {
    const lines = code.split('\n');
    const count = Math.ceil(lines.length / PIECE_LINES);
    return Array.from({ length: count }, (_, at) => {
      const piece = lines.slice(at * PIECE_LINES, (at + 1) * PIECE_LINES).join('\n');
      return at === count - 1 ? piece : `${piece}\n`;
    });
  }, [code]);
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces are only added at the end
  return pieces.map((piece, at) => <Piece key={at} text={piece} />);
}

const Piece = memo(function Piece({ text }: { text: string }) {
  return <span className={css.piece}>{text}</span>;
});
