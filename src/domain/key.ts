// License keys: `sahm_live_`, 30 random base62 characters, and 6 that are a CRC32 of everything before them.
// The checksum is no secret. It only lets us refuse a mistyped or invented key without asking the database.

const PREFIX = 'sahm_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
/** 6 characters are enough: 62^6 is more than 2^32. */
const CHECKSUM_LENGTH = 6;
const FORM = /^sahm_live_[0-9A-Za-z]{36}$/;
/** Bytes from here on are skipped: they would favour the first characters of the alphabet. */
const FIRST_UNFAIR_BYTE = 256 - (256 % ALPHABET.length);
/** `sahm_live_` and 4 more characters: enough to recognise a key, and no help in guessing it. */
const SHOWN_LENGTH = 14;

/** Makes a new key. `randomBytes` must return unpredictable bytes. */
export function makeKey(randomBytes: (count: number) => Uint8Array): string {
  let random = '';
  while (random.length < RANDOM_LENGTH) {
    for (const byte of randomBytes(RANDOM_LENGTH - random.length)) {
      if (byte < FIRST_UNFAIR_BYTE) random += ALPHABET[byte % ALPHABET.length];
    }
  }
  return PREFIX + random + checksumOf(PREFIX + random);
}

/** Whether a text has the form and the checksum of a key. */
export function hasValidForm(text: string): boolean {
  if (!FORM.test(text)) return false;
  const end = PREFIX.length + RANDOM_LENGTH;
  return text.slice(end) === checksumOf(text.slice(0, end));
}

/** What is shown of a key beside its last 4 characters. */
export function keyPrefix(key: string): string {
  return key.slice(0, SHOWN_LENGTH);
}

export function keyLast4(key: string): string {
  return key.slice(-4);
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    checksum = ALPHABET[rest % ALPHABET.length] + checksum;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return checksum;
}

/** The CRC-32 of zip and PNG, over ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** `previous`: replaced, and in its grace time; `replaced`: that is over, too. */
export const KEY_STATES = ['current', 'previous', 'replaced', 'withdrawn'] as const;
export type KeyState = (typeof KEY_STATES)[number];
