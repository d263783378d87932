// The rules for an administrator's password.

const SHORTEST = 12;
const LONGEST = 1_024;

export const EXPECTED_PASSWORD = `text of ${SHORTEST} to ${LONGEST} characters, well-formed, without NUL`;

export function isUsablePassword(text: string): boolean {
  const { length } = text;
  return length >= SHORTEST && length <= LONGEST && text.isWellFormed() && !text.includes('\0');
}
