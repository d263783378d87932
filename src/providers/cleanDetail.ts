// An upstream's own words, made fit to be shown to a caller: no control characters, nothing that has
// the form of a key, not long.

const MAX_CHARACTERS = 500;
/** Enough to fill the text after redaction; keeps the patterns off a message of megabytes. */
const MAX_CHARACTERS_READ = 2_000;

/** Where the upstream is, and whose account with it is used. */
const OPERATORS_FORMS = [
  /\bhttps?:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/giu,
  /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/gu,
  /\b(?:org|user|proj|acct|team|ws)[-_][A-Za-z0-9]{6,}\b/gu,
];

const KEY_FORMS = [
  // Upstreams show a key with its middle starred out: the stars belong to it.
  /\bbearer\s+[\w.~+/=*-]{5,}[\w~+/=*-]/giu,
  /\b(?:sk|pk|rk)[-_][\w*-]{4,}/giu,
  /\b[a-z]{2,12}_(?:live|test)_[\w*]+/giu,
  /\bwhsec_[\w+/=]+/giu,
  /\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/gu,
  // Whatever else is too long and too mixed for a word: keys of other vendors, hashes, base64.
  /(?=[\w+/=-]*\d)[\w+/=-]{32,}/gu,
];

/**
 * `own` are secrets that are ours, whatever their form. Returns undefined where nothing readable is left.
 */
export function cleanDetail(message: unknown, own: string[]): string | undefined {
  if (typeof message !== 'string') return undefined;
  let text = message
    .slice(0, MAX_CHARACTERS_READ)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    // Half of a surrogate pair cannot be written as UTF-8.
    .replace(/\p{Cs}/gu, '');
  for (const secret of own) text = text.replaceAll(secret, '[removed]');
  for (const form of [...KEY_FORMS, ...OPERATORS_FORMS]) text = text.replace(form, '[removed]');
  text = [...text.trim()].slice(0, MAX_CHARACTERS).join('').trim();
  return text === '' ? undefined : text;
}
