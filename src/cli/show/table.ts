// A table whose lines are never longer than the terminal is wide.

export interface Column {
  title: string;
  isNumber: boolean;
  /** Whether people copy the value, so that it must not be cut. */
  isWhole: boolean;
}

const GAP = 2;
const NARROWEST = 12;

/** Without a width, lines have any length. `left` has the columns without room. */
export function layOut(
  columns: Column[],
  rows: string[][],
  width = Number.POSITIVE_INFINITY,
): { lines: string[]; left: string[] } {
  const all = [columns.map(({ title }) => title), ...rows];
  const natural = columns.map((_, at) => Math.max(...all.map(row => widthOf(row[at] ?? ''))));
  const widths = narrow(columns, natural, width);
  const lines = all.map(row =>
    widths
      .map((most, at) => pad(cut(row[at] ?? '', most), most, columns[at]?.isNumber === true))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
  return { lines, left: columns.slice(widths.length).map(({ title }) => title) };
}

/** First the widest columns are cut; then the last ones are left out. */
function narrow(columns: Column[], natural: number[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each + GAP, -GAP);
  while (total() > width) {
    const able = columns.map(({ isWhole, isNumber }, at) =>
      isWhole || isNumber || at >= widths.length ? 0 : (widths[at] ?? 0),
    );
    const widest = Math.max(...able);
    if (widest <= NARROWEST) {
      if (widths.length === 1) return [width];
      widths.pop();
    } else {
      const at = able.indexOf(widest);
      const next = Math.max(NARROWEST, ...able.filter(each => each < widest));
      widths[at] = Math.max(next, widest - Math.ceil(total() - width));
    }
  }
  // The room of the columns that were left out goes to the last column that was cut.
  const at = widths.findLastIndex((each, index) => each < (natural[index] ?? 0));
  const free = width - total();
  if (at >= 0 && free > 0) widths[at] = Math.min(natural[at] ?? 0, (widths[at] ?? 0) + free);
  return widths;
}

function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The words of a text in lines that are no longer than this. */
export function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`) <= most) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(cut(word, most));
    }
  }
  return lines;
}

function pad(text: string, width: number, isNumber: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isNumber ? space + text : text + space;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** The width in cells of a terminal: a Chinese character has two, a zero-width non-joiner none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!NO_WIDTH.test(character)) width += WIDE.test(character) && character > '\u00ff' ? 2 : 1;
  }
  return width;
}
