// Prompts. They are written to the standard error, so that a script can read the answer on the standard output.

import { createInterface } from 'node:readline';

/** One reader for all prompts, because reading the first line of a pipe buffers the next lines too. */
let piped: { lines: AsyncIterator<string>; close(): void } | undefined;

export function isAtTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/** Reads a line of the standard input; empty at its end. The line is not echoed, and is in no history. */
export async function readPassword(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!isAtTerminal()) {
    stderr.write(question);
    return readPiped();
  }
  const lines = createInterface({ input: stdin, terminal: true });
  // Asked only now, because the terminal echoes what is typed until there is a reader.
  stderr.write(question);
  for await (const line of lines) {
    lines.close();
    stderr.write('\n');
    return line;
  }
  return '';
}

/** Whether the person at the terminal says yes. */
export async function readYes(question: string): Promise<boolean> {
  const { stdin, stderr } = process;
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string>(resolve => {
    lines.once('close', () => resolve(''));
    lines.question(question, resolve);
  });
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Ends reading, so that the process does not wait for its standard input. */
export function closePrompts(): void {
  piped?.close();
  piped = undefined;
}

async function readPiped(): Promise<string> {
  if (!piped) {
    const reader = createInterface({ input: process.stdin });
    piped = { lines: reader[Symbol.asyncIterator](), close: () => reader.close() };
  }
  const { value, done } = await piped.lines.next();
  return done ? '' : value;
}
