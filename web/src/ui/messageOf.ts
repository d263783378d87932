import { Refusal } from '../api/refusal.js';

/** What to tell of an error: the service's words, which are in the reader's language, or that nobody answered. */
export function messageOf(error: unknown, noAnswer: string): string {
  return error instanceof Refusal ? error.message : noAnswer;
}
