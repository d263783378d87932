// One form for all the ways in which a word may be typed, so that a search finds it in each.

const SAME_LETTER: Record<string, string> = {
  ي: 'ی',
  ى: 'ی',
  ك: 'ک',
  ة: 'ه',
  ە: 'ه',
  ھ: 'ه',
};

/**
 * Small letters, Persian ones for Arabic ones, Latin digits, no marks above or below letters, no half-spaces;
 * what is neither a letter nor a digit becomes one space.
 */
export function searchText(text: string): string {
  return (
    text
      .normalize('NFKD')
      .toLowerCase()
      // Marks, the stretching line, and characters that only join or part.
      .replace(/[\p{M}\p{Cf}\u0640]/gu, '')
      .replace(/[يىكةەھ]/g, letter => SAME_LETTER[letter] ?? letter)
      .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, digit => String((digit.codePointAt(0) ?? 0) & 0xf))
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  );
}

export interface Entry {
  /** Where it is. */
  href: string;
  title: string;
  /** What is shown below the title. */
  hint: string;
  /** Everything else that finds it. */
  text: string;
}

interface Prepared {
  entry: Entry;
  title: string;
  all: string;
  /** Without spaces: half-spaces, spaces and nothing are typed for each other. */
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

/** The best first; those that are equally good keep their order. */
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
