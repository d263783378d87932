// A finding: what the doctor says about one thing that it tried.

export interface Finding {
  /** What was tried: `database`, `openai key 2`. */
  name: string;
  /** False if something must be mended. */
  ok: boolean;
  /** True if it is fine only for a trial, or could not be tried. */
  warning: boolean;
  /** What was found. If it is not ok, also what to do. */
  says: string;
}

export const well = (name: string, says: string): Finding => found(name, says, 'well');
export const warned = (name: string, says: string): Finding => found(name, says, 'warned');
export const wrong = (name: string, says: string): Finding => found(name, says, 'wrong');

function found(name: string, says: string, how: 'well' | 'warned' | 'wrong'): Finding {
  return { name, ok: how !== 'wrong', warning: how === 'warned', says };
}

/** `act` returns what it found. If something must be changed, it throws an error that says so. */
export async function tried(name: string, act: () => Promise<string>): Promise<Finding> {
  try {
    return well(name, await act());
  } catch (error) {
    return wrong(name, wordsOf(error));
  }
}

/** The error's message in one line. For a failed fetch it is the message of the cause, which says more. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const said = cause instanceof Error ? `${error.message}: ${causeOf(cause)}` : error.message;
  return said.replace(/\s+/g, ' ').trim();
}

/** If several addresses were tried, the error has no message, only a code. */
function causeOf(cause: Error): string {
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name);
}
