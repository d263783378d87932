// Redemption codes: `SAHM-7K3M-Q9TX-4B0D-HW2E`, made to be read aloud and typed. 16 characters of Crockford's
// base 32, which has no I, L, O and U, are 80 random bits. The word before them lets people and our own filters
// recognise a code; nobody has to type it.

import { withLatinDigits } from './latinDigits.js';

const WORD = 'SAHM';
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
const GROUP = /.{4}/g;
const FORM = new RegExp(`^(?:${WORD})?([${ALPHABET}]{${LENGTH}})$`);
/** Letters that are taken for digits. */
const LOOK_ALIKES: Record<string, string> = { O: '0', I: '1', L: '1' };
/** Spaces, all kinds of hyphens, and the invisible marks that a text copied from a Persian page brings along. */
const BETWEEN = /[\s\p{Pd}\p{Cf}]/gu;

/** An expired code can still be withdrawn; a used or withdrawn one stays what it is. */
export const CODE_STATES = ['open', 'used', 'withdrawn', 'expired'] as const;
export type CodeState = (typeof CODE_STATES)[number];

/** Makes a new code in its canonical form. `randomBytes` must return unpredictable bytes. */
export function makeCode(randomBytes: (count: number) => Uint8Array): string {
  // 256 is a multiple of 32, so no character is favoured.
  return Array.from(randomBytes(LENGTH), byte => ALPHABET[byte % ALPHABET.length]).join('');
}

/** A canonical code as it is given to people. */
export function showCode(code: string): string {
  return [WORD, ...(code.match(GROUP) ?? [])].join('-');
}

/** The canonical form of a code however it was typed; null for a text that can be none. */
export function readCode(text: string): string | null {
  const typed = withLatinDigits(text.normalize('NFKC').replace(BETWEEN, ''))
    .toUpperCase()
    .replace(/[OIL]/g, letter => LOOK_ALIKES[letter] ?? letter);
  return FORM.exec(typed)?.[1] ?? null;
}
