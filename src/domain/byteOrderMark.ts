/** A text without the mark that Windows' editors, spreadsheets and some plugins of shops put before it. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
