// The writing direction of a text is that of most of its letters. By the first letter alone, a Persian sentence that
// begins with a Latin name would get the wrong direction.

export type Direction = 'rtl' | 'ltr';

const CODE = /(`+)[\s\S]*?\1/g;
const FORMULA = /\$\$[\s\S]*?\$\$|\\\([\s\S]*?\\\)|\\\[[\s\S]*?\\\]/g;
const ADDRESS =
  /\b[a-z][a-z\d+.-]*:\/\/[^\s<>()؀-ۿ]+|\b(?:mailto|tel):\S+|\bwww\.[^\s<>()]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
/** The name of a domain or file, which is Latin in every language, so it does not count. */
const DOTTED = /(?<![\w/])[a-z\d][\w-]*(?:[./][\w-]+)*\.[a-z]{2,}(?:\/[^\s<>()؀-ۿ]*)?(?!\w)/gi;
const ENTITY = /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/gi;

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LETTER = /\p{L}/gu;

/** Null without letters: numbers alone take the direction of the text around them. */
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
