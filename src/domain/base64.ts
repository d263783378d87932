/** A multiple of 4 (base64 characters) and of 3 (bytes). */
const PIECE_CHARACTERS = 32_768;
const decoded = Buffer.allocUnsafeSlow((PIECE_CHARACTERS / 4) * 3);

/** Base64 as it should be written, of one with line breaks, without padding or safe for URLs; null where it is none. */
export function tidyBase64(text: string): string | null {
  if (isStrictBase64(text)) return text;
  // A space inside is no line break, but may have been a `+`: then the data is lost.
  const dense = text
    .trim()
    .replace(/[\r\n\t]+ */g, '')
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const padded = dense.padEnd(Math.ceil(dense.length / 4) * 4, '=');
  return isStrictBase64(padded) ? padded : null;
}

/**
 * Whether this is padded base64 with no other characters. Accepts a text, or its bytes. It decodes and
 * compares, because the decoder skips foreign characters and is many times faster than a search: images have
 * millions of characters. It works piece by piece to save memory.
 */
export function isStrictBase64(text: string | Buffer): boolean {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return false;
  for (let at = 0; at < length; at += PIECE_CHARACTERS) {
    const to = at + PIECE_CHARACTERS;
    const piece = typeof text === 'string' ? text.slice(at, to) : text.toString('latin1', at, to);
    // The decoder also accepts the URL-safe alphabet.
    if (piece.includes('-') || piece.includes('_')) return false;
    const isLast = to >= length;
    const padding = !isLast ? 0 : piece.endsWith('==') ? 2 : piece.endsWith('=') ? 1 : 0;
    if (decoded.write(piece, 'base64') !== (piece.length / 4) * 3 - padding) return false;
  }
  return true;
}
