// Cleans an upstream's own message so that it can be shown to a caller: without control characters, without
// anything that looks like a key, and short.

const MAX_CHARACTERS = 500;
/** Enough to fill the text after redaction. The patterns must not run over a message of megabytes. */
const MAX_CHARACTERS_READ = 2_000;

/** What shows the upstream's address or the operator's account. */
const OPERATORS_FORMS = [
  /\bhttps?:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/giu,
  /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu,
  // Hosts without a scheme, and names of resources at AWS, which have the account's number.
  /\b(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|ai|dev|cloud|internal|local)\b(?::\d{1,5})?(?:\/[^\s"'<>`]*)?/giu,
  /\barn:aws[\w-]*:[^\s"'<>`,;)]+/giu,
  // An IPv6 address. Two colons in a row tell it from a time.
  /(?<![\w:])\[?(?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?\]?(?::\d{1,5})?/giu,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/gu,
  /\b(?:org|user|proj|acct|team|ws)[-_][A-Za-z0-9]{6,}\b/gu,
];

const KEY_FORMS = [
  // Upstreams show a key with stars in its middle, so the patterns match stars too.
  /\bbearer\s+[\w.~+/=*-]{5,}[\w~+/=*-]/giu,
  /\b(?:sk|pk|rk)[-_][\w*-]{4,}/giu,
  /\b[a-z]{2,12}_(?:live|test)_[\w*]+/giu,
  /\bwhsec_[\w+/=]+/giu,
  // Of other vendors of models and clouds.
  /\b(?:AIza|AKIA|gh[opsu]_|glpat-|gsk_|hf_|nvapi-|r8_|xai-)[\w-]{10,}/gu,
  /\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/gu,
  // Anything else that is too long and too mixed for a word: keys of other vendors, hashes, base64.
  /(?=[\w+/=-]*\d)[\w+/=-]{32,}/gu,
];

/**
 * `own` has our own secrets, which may have any form. Returns undefined if nothing readable is left.
 */
export function cleanDetail(message: unknown, own: string[]): string | undefined {
  if (typeof message !== 'string') return undefined;
  let text = message
    .slice(0, MAX_CHARACTERS_READ)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    // The cut may have left half of a surrogate pair, which is no valid UTF-8.
    .replace(/\p{Cs}/gu, '');
  for (const secret of own) text = text.replaceAll(secret, '[removed]');
  for (const form of [...KEY_FORMS, ...OPERATORS_FORMS]) text = text.replace(form, '[removed]');
  text = [...text.trim()].slice(0, MAX_CHARACTERS).join('').trim();
  return text === '' ? undefined : text;
}
