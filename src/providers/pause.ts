import { type Cancellation, CancelledError } from '../domain/cancellation.js';

/** Resolves after that time; rejects on cancellation. */
export async function pause(milliseconds: number, cancellation: Cancellation): Promise<void> {
  cancellation.throwIfRequested();
  await new Promise<void>((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(new CancelledError('nobody waits for this'));
    };
    const timer = setTimeout(() => {
      cancellation.removeListener(cancel);
      resolve();
    }, milliseconds);
    cancellation.addListener(cancel);
  });
}
