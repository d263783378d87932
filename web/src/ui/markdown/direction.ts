// Which way a text is read: as most of its letters are. The first letter alone would turn a Persian sentence
// around that begins with a Latin name.

export type Direction = 'rtl' | 'ltr';

const CODE = /(`+)[\s\S]*?\1/g;
const FORMULA = /\$\$[\s\S]*?\$\$|\\\([\s\S]*?\\\)|\\\[[\s\S]*?\\\]/g;
const ADDRESS =
  /\b[a-z][a-z\d+.-]*:\/\/[^\s<>()؀-ۿ]+|\b(?:mailto|tel):\S+|\bwww\.[^\s<>()]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
/** A name of a domain or of a file, which is written in Latin whatever the language. */
const DOTTED = /(?<![\w/])[a-z\d][\w-]*(?:[./][\w-]+)*\.[a-z]{2,}(?:\/[^\s<>()؀-ۿ]*)?(?!\w)/gi;
const ENTITY = /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/gi;

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LETTER = /\p{L}/gu;

/** Null where there are no letters: numbers alone are read as what surrounds them. */
export function directionOf(text: string): Direction | null {
  const counted = text
    .replace(CODE, ' ')
    .replace(FORMULA, ' ')
    .replace(ADDRESS, ' ')
    .replace(DOTTED, ' ')
    .replace(ENTITY, ' ');
  return majorityOf(counted);
}

function majorityOf(text: string): Direction | null {
  let right = 0;
  let all = 0;
  let first: Direction | null = null;
  for (const [letter] of text.matchAll(LETTER)) {
    const isRight = RIGHT_TO_LEFT.test(letter);
    first ??= isRight ? 'rtl' : 'ltr';
    all += 1;
    if (isRight) right += 1;
  }
  if (right * 2 === all) return first;
  return right * 2 > all ? 'rtl' : 'ltr';
}
