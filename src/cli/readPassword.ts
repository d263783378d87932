import { createInterface } from 'node:readline';

/** One line of the standard input, empty where it ends. It is not shown as it is typed, and stands in no history. */
export async function readPassword(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  const terminal = stdin.isTTY === true;
  const lines = createInterface({ input: stdin, terminal });
  for await (const line of lines) {
    lines.close();
    if (terminal) stderr.write('\n');
    return line;
  }
  return '';
}
