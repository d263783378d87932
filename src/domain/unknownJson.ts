// Reading JSON of which nothing is known yet.

import { withoutByteOrderMark } from './byteOrderMark.js';

export type Fields = Record<string, unknown>;

/** Undefined if the text is no JSON. No JSON text has that value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(withoutByteOrderMark(text));
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without fields where it is none. */
export function recordOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether it is a text that says something. */
export function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Without the fields that say nothing. */
export function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isPresent(value)));
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
