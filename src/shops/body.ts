// Reads the body of a delivery, whatever it may be.

import type { Reading } from '../domain/delivery.js';

/** A problem alone. */
export function unreadable(topic: string, kind: 'ignored' | 'failed', reason: string): Reading {
  return { topic, deliveryId: '', reports: [], problem: { kind, reason } };
}

/** The JSON of a body that is strict UTF-8, or why it is not. */
export function parseBody(body: Uint8Array): { value: unknown } | { fault: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { fault: 'the body is not UTF-8' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'the body is not JSON' };
  }
}
