// What has the form of a secret: license keys and API tokens of ours, keys of the services that callers
// come from (`sk-or-v1-...`, `aifo_sk_live_...`), of shops (`whsec_...`, `ck_...`), tokens.

const SECRET =
  /(sahm_(?:live|admin)_)[a-z0-9_-]+|((?<![a-z0-9])sk[-_])[a-z0-9_-]{16,}|((?<![a-z0-9])(?:rk|whsec|ck|cs)_)[a-z0-9+/=_-]{16,}|(\beyJ)[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?|(\bBearer\s+)[^\s"\\]{8,}/gi;
/** Longer than what is shown of a key: `sahm_live_Ab12` may be written down. */
const OURS = /sahm_(?:live|admin)_[a-z0-9_-]{12}/i;
/** What a caller wrote is repeated up to this length. */
const LONGEST_REPEATED = 300;

/** The text without the secrets in it; what kind they were is left. */
export function maskSecrets(text: string): string {
  return text.replace(SECRET, (_, ...kinds) => {
    const kind = kinds.slice(0, 5).find(each => each !== undefined);
    return `${kind}***`;
  });
}

/** Whether a license key or an API token stands in a text. */
export function hasOurSecret(text: string): boolean {
  return OURS.test(text);
}

/** What a caller wrote, made fit to be repeated: of a sensible length, in one line, without secrets. */
export function repeatable(text: string): string {
  const cut =
    text.length > LONGEST_REPEATED
      ? `${text.slice(0, LONGEST_REPEATED).replace(/[\uD800-\uDBFF]$/, '')}…`
      : text;
  return maskSecrets(cut).replace(/\p{Cc}+/gu, ' ');
}
