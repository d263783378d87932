// Draws Markdown as elements. While the text grows, finished blocks are not drawn again.

import type { Token } from 'marked';
import { memo, useEffect, useMemo, useReducer, useRef } from 'react';
import { Block, type BlockManner } from './Block.js';
import { type Blocks, growBlocks, NO_BLOCKS } from './blocks.js';
import css from './markdown.module.css';

export interface MarkdownProps {
  text: string;
  direction?: BlockManner['direction'];
  isOwn?: boolean;
  /** Whether more text will come. */
  isGrowing?: boolean;
  codeLabel: string;
  firstHeading?: BlockManner['firstHeading'];
}

export default function MarkdownText({
  text,
  direction = 'auto',
  isOwn = false,
  isGrowing = false,
  codeLabel,
  firstHeading = 3,
}: MarkdownProps) {
  const manner = useMemo(
    () => ({ direction, isOwn, codeLabel, firstHeading }),
    [direction, isOwn, codeLabel, firstHeading],
  );
  const begun = useBegin(text);
  const { done, last } = useBlocks(begun);
  const chunks = Array.from({ length: Math.ceil(done.length / CHUNK_BLOCKS) }, (_, at) =>
    done.slice(at * CHUNK_BLOCKS, (at + 1) * CHUNK_BLOCKS),
  );
  return (
    <div className={css.markdown}>
      {chunks.map((tokens, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: chunks are only added at the end
        <Chunk key={at} tokens={tokens} manner={manner} />
      ))}
      {last.map((token, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: there is one
        <Block key={at} token={token} manner={manner} isGrowing={isGrowing || begun !== text} />
      ))}
    </div>
  );
}

/** The blocks of a chunk. A long text is compared chunk by chunk each time it grows, which is faster. */
const CHUNK_BLOCKS = 24;

interface ChunkProps {
  tokens: Token[];
  manner: BlockManner;
}

const Chunk = memo(
  function Chunk({ tokens, manner }: ChunkProps) {
    return (
      <div className={css.chunk}>
        {tokens.map((token, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and never move
          <Block key={at} token={token} manner={manner} />
        ))}
      </div>
    );
  },
  (before, after) =>
    before.manner === after.manner &&
    before.tokens.length === after.tokens.length &&
    before.tokens.every((token, at) => token === after.tokens[at]),
);

/** What is drawn in one frame; a text that is there at once is drawn in several. */
const MOST_LETTERS = 3_000;

/** As much of the text as is drawn by now: in each frame a piece more. */
function useBegin(text: string): string {
  const drawn = useRef(0);
  const [, drawMore] = useReducer((frames: number) => frames + 1, 0);
  const end = Math.min(text.length, drawn.current + MOST_LETTERS);
  useEffect(() => {
    drawn.current = end;
    if (end === text.length) return;
    const frame = requestAnimationFrame(drawMore);
    return () => cancelAnimationFrame(frame);
  }, [end, text]);
  return text.slice(0, end);
}

function useBlocks(text: string): Blocks {
  const read = useRef({ text: '', blocks: NO_BLOCKS });
  return useMemo(() => {
    const before = read.current;
    const start = text.startsWith(before.text) ? before.blocks : NO_BLOCKS;
    const blocks = growBlocks(start, text);
    read.current = { text, blocks };
    return blocks;
  }, [text]);
}
