// Fields of numbers only know Latin digits and would drop what a Persian or Arabic keyboard types, without a word.

import { latinNumber } from './latinDigits.js';

const NUMBER_MODES = ['numeric', 'decimal'];

/** From now on each field of a number gets the Latin form before its own code sees what was typed. */
export function acceptAllDigits(): void {
  window.addEventListener('input', ({ target }) => makeLatin(target), { capture: true });
}

function makeLatin(field: EventTarget | null): void {
  if (!(field instanceof HTMLInputElement) || !NUMBER_MODES.includes(field.inputMode)) return;
  const { value, selectionStart, selectionEnd } = field;
  const latin = latinNumber(value);
  if (latin === value) return;
  // React shadows the property of each field, and would not see a change that is made through it.
  const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  own?.set?.call(field, latin);
  field.setSelectionRange(selectionStart, selectionEnd);
}
