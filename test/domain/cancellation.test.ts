import { describe, expect, test } from '@jest/globals';
import { Cancellation, CancelledError } from '../../src/domain/cancellation.js';
import { pause } from '../../src/providers/pause.js';

describe('a cancellation', () => {
  test('tells each listener once, and not one that was removed', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const removed = () => told.push('removed');
    cancellation.addListener(removed);
    cancellation.addListener(() => told.push('kept'));
    cancellation.removeListener(removed);
    // It is there no more.
    cancellation.removeListener(removed);
    expect(cancellation.isRequested).toBe(false);
    cancellation.request();
    cancellation.request();
    expect(told).toEqual(['kept']);
    expect(cancellation.isRequested).toBe(true);
    expect(() => cancellation.throwIfRequested()).toThrow(CancelledError);
    expect(() => cancellation.throwIfRequested()).toThrow('nobody waits for this');
  });

  test('is known by the name of its error', () => {
    expect(String(new CancelledError('why'))).toBe('CancelledError: why');
  });

  test('ends a pause', async () => {
    const cancellation = new Cancellation();
    const hour = pause(3_600_000, cancellation);
    cancellation.request();
    await expect(hour).rejects.toThrow(CancelledError);
    await expect(pause(0, cancellation)).rejects.toThrow(CancelledError);
  });

  test('lets a pause end by itself', async () => {
    await expect(pause(1, new Cancellation())).resolves.toBeUndefined();
  });
});
