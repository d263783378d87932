// The rules for an administrator's password.

const SHORTEST = 12;
const LONGEST = 1_024;

export const EXPECTED_PASSWORD = `text of ${SHORTEST} to ${LONGEST} characters, well-formed, without NUL`;

export const EXPECTED_UNGUESSABLE =
  'more than the e-mail address, its part before the @, or the name of this service';

export function isUsablePassword(text: string): boolean {
  const { length } = text;
  return length >= SHORTEST && length <= LONGEST && text.isWellFormed() && !text.includes('\0');
}

/**
 * Whether nothing is left without the words that are tried first. Who has to reach the length repeats them or joins them,
 * in other cases or with spaces: that counts as the word itself.
 */
export function isGuessable(
  password: string,
  { email, serviceNames }: { email: string; serviceNames: string[] },
): boolean {
  const [beforeAt = ''] = email.split('@');
  const words = [email, beforeAt, ...serviceNames].map(folded).filter(word => word !== '');
  return words.reduce((rest, word) => rest.replaceAll(word, ''), folded(password)) === '';
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s/g, '');
}
