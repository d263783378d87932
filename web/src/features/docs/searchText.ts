// Brings all spellings of a word to one form, so that a search finds each of them.

import { withLatinDigits } from '../../ui/latinDigits.js';

const SAME_LETTER: Record<string, string> = {
  ي: 'ی',
  ى: 'ی',
  ك: 'ک',
  ة: 'ه',
  ە: 'ه',
  ھ: 'ه',
};

/**
 * Small letters, Persian letters instead of Arabic ones, Latin digits, no marks above or below letters, no half-spaces.
 * Anything that is neither a letter nor a digit becomes one space.
 */
export function searchText(text: string): string {
  return (
    withLatinDigits(text)
      .normalize('NFKD')
      .toLowerCase()
      // Marks, the kashida, and characters that only join or separate letters.
      .replace(/[\p{M}\p{Cf}\u0640]/gu, '')
      .replace(/[يىكةەھ]/g, letter => SAME_LETTER[letter] ?? letter)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  );
}

export interface Entry {
  /** Its address. */
  href: string;
  title: string;
  /** The text below the title. */
  hint: string;
  /** All other text by which it is found. */
  text: string;
}

interface Prepared {
  entry: Entry;
  title: string;
  all: string;
  /** The text without spaces, because people type spaces, half-spaces or nothing for each other. */
  joined: string;
}

export type SearchIndex = Prepared[];

export function indexOf(entries: Entry[]): SearchIndex {
  return entries.map(entry => {
    const title = searchText(entry.title);
    const all = `${title} ${searchText(`${entry.hint} ${entry.text}`)}`;
    return { entry, title, all, joined: all.replaceAll(' ', '') };
  });
}

/** The best results first. Equally good ones keep their order. */
export function search(index: SearchIndex, query: string, most = 10): Entry[] {
  const wanted = searchText(query);
  if (wanted === '') return [];
  return index
    .map(prepared => ({ entry: prepared.entry, score: scoreOf(prepared, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ entry }) => entry);
}

function scoreOf({ title, all, joined }: Prepared, wanted: string): number {
  const tight = wanted.replaceAll(' ', '');
  const tightTitle = title.replaceAll(' ', '');
  if (tightTitle === tight) return 5;
  if (tightTitle.startsWith(tight)) return 4;
  if (tightTitle.includes(tight)) return 3;
  if (joined.includes(tight)) return 2;
  return wanted.split(' ').every(word => all.includes(word)) ? 1 : 0;
}
