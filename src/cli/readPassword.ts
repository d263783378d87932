// What is asked at a prompt. Prompts are written to the standard error, so that a script can read the answer.

import { createInterface } from 'node:readline';

/** One for all prompts: whoever reads a pipe's first line has its other lines too. */
let piped: { lines: AsyncIterator<string>; close(): void } | undefined;

export function isAtTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/** One line of the standard input, empty where it ends. It is not shown as it is typed, and stands in no history. */
export async function readPassword(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!isAtTerminal()) {
    stderr.write(question);
    return readPiped();
  }
  const lines = createInterface({ input: stdin, terminal: true });
  // Only now: the terminal shows what is typed until somebody reads it.
  stderr.write(question);
  for await (const line of lines) {
    lines.close();
    stderr.write('\n');
    return line;
  }
  return '';
}

/** Whether somebody at the terminal says yes. */
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

/** Nothing more is asked: the process need not wait for its standard input. */
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
