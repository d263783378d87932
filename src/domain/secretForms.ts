// Recognises texts that look like secrets: our license keys, API tokens and codes, keys of services that callers
// come from (`sk-or-v1-...`, `aifo_sk_live_...`), keys of shops (`whsec_...`, `ck_...`), and tokens.

const SECRET =
  /(sahm_(?:live|admin)_)[a-z0-9_-]+|((?<![a-z0-9])sk[-_])[a-z0-9_-]{16,}|((?<![a-z0-9])(?:rk|whsec|ck|cs)_)[a-z0-9+/=_-]{16,}|(\beyJ)[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?|(\bBearer\s+)[^\s"\\]{8,}|(\bsahm-)[0-9a-z]{4}(?:-[0-9a-z]{4}){3}/gi;
/** Matches a key that is longer than the part that may be shown and logged: `sahm_live_Ab12`. */
const OURS = /sahm_(?:live|admin)_[a-z0-9_-]{12}|\bsahm(?:-[0-9a-z]{4}){4}/i;
/** What a caller wrote is repeated in messages up to this length. */
const LONGEST_REPEATED = 300;

/** The text with its secrets masked. The kind of each secret stays readable. */
export function maskSecrets(text: string): string {
  return text.replace(SECRET, (_, ...kinds) => {
    const kind = kinds.slice(0, 6).find(each => each !== undefined);
    return `${kind}***`;
  });
}

/** Whether a text contains a license key, an API token or a code. */
export function hasOurSecret(text: string): boolean {
  return OURS.test(text);
}

/** A caller's text made safe to repeat: shortened, in one line, without secrets. */
export function repeatable(text: string): string {
  const cut =
    text.length > LONGEST_REPEATED
      ? `${text.slice(0, LONGEST_REPEATED).replace(/[\uD800-\uDBFF]$/, '')}…`
      : text;
  return maskSecrets(cut).replace(/\p{Cc}+/gu, ' ');
}
