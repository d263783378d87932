// Reads the body of a delivery, which may be anything.

import type { Reading } from '../domain/delivery.js';

/** A reading that is only a problem. */
export function unreadable(topic: string, kind: 'ignored' | 'failed', reason: string): Reading {
  return { topic, deliveryId: '', reports: [], problem: { kind, reason } };
}

/** The JSON of the body, or why it is no JSON in strict UTF-8. */
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
