import { Refusal } from '../api/refusal.js';

/** The message for an error: the service's own, which is in the reader's language, or `noAnswer`. */
export function messageOf(error: unknown, noAnswer: string): string {
  return error instanceof Refusal ? error.message : noAnswer;
}
