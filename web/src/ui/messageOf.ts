import { Refusal } from '../api/refusal.js';

/** The message for an error: the service's own, which is in the reader's language, or `noAnswer`. */
export function messageOf(error: unknown, noAnswer: string): string {
  return (error instanceof Refusal && error.message) || noAnswer;
}

/**
 * The same for a form whose fields have the API's names. A refused field is called what the reader sees above it, and
 * gets the focus.
 */
export function messageIn(form: HTMLFormElement, error: unknown, noAnswer: string): string {
  const message = messageOf(error, noAnswer);
  const name = error instanceof Refusal ? error.field : null;
  const field = name && form.elements.namedItem(name);
  if (!name || !(field instanceof HTMLInputElement)) return message;
  field.focus();
  // Its first part: a star for required fields follows.
  const label = field.labels?.[0]?.firstChild?.textContent;
  return label ? message.replace(name, label) : message;
}
