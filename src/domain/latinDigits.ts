// Digits as people type them whose keyboard is Persian or Arabic.

const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;

export function withLatinDigits(typed: string): string {
  // The last four bits of these characters are the digit.
  return typed.replace(OTHER_DIGITS, digit => String(digit.charCodeAt(0) & 0xf));
}
