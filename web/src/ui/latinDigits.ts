// Numbers as a Persian or Arabic keyboard types them, in Latin digits.

const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;
const OTHER_SEPARATOR = '\u066b';

export function withLatinDigits(typed: string): string {
  // The last four bits of these characters are the digit.
  return typed.replace(OTHER_DIGITS, digit => String(digit.charCodeAt(0) & 0xf));
}

/** The same for a number that may have decimals. */
export function latinNumber(typed: string): string {
  return withLatinDigits(typed).replaceAll(OTHER_SEPARATOR, '.');
}
