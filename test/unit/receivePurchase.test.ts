import { expect, test } from '@jest/globals';
import type { Reading } from '../../src/domain/delivery.js';
import { createPlaces } from '../../src/flows/places.js';
import { receivePurchase } from '../../src/flows/receivePurchase.js';

/** The database refuses to record with these states, one after the other, and then no more. */
async function receive(...states: string[]): Promise<string> {
  const faults = states.map(sqlState =>
    Object.assign(new Error('refused'), { name: 'DatabaseError', sqlState }),
  );
  const reading: Reading = { topic: 'bought', deliveryId: '', reports: [] };
  const received = await receivePurchase(
    {
      shop: 'signed',
      isSigned: () => true,
      verify: () => ({ kind: 'genuine', signedAt: null }),
      read: async () => reading,
    },
    { body: Buffer.from('{}'), headers: {} },
    {
      purchases: {
        now: async () => new Date(0),
        record: async (_: unknown, { problem }: Reading) => {
          const fault = faults.shift();
          if (fault) throw fault;
          return {
            eventId: 'e',
            outcome: problem ? 'failed' : 'applied',
            reason: '',
            orderId: null,
          };
        },
        keep: async () => {
          const fault = faults.shift();
          if (fault) throw fault;
          return { eventId: 'e', outcome: 'waiting', reason: '', orderId: null };
        },
      } as never,
      places: createPlaces(1),
      applyLater: () => {},
      report: () => {},
      needsPerson: () => {},
    },
  );
  return received.kind === 'recorded' ? received.recorded.outcome : received.kind;
}

test.each([
  ['nothing stands in its way', [], 'applied'],
  ['the database cannot hold a value of it', ['22021'], 'failed'],
  ['it finds a fault of ours', ['42703'], 'failed'],
  ['not even that could be written', ['22021', '22021'], 'waiting'],
  ['somebody else holds the lock', ['55P03'], 'waiting'],
  ['it was given up for another’s sake', ['40P01'], 'waiting'],
])('a delivery is stored if %s', async (_, states, outcome) => {
  expect(await receive(...states)).toBe(outcome);
});

test.each([
  ['the answer to its commit was lost', ['08006']],
  ['the database can keep nothing', ['53100', '53100']],
])('the shop is told to retry if %s', async (_, states) => {
  await expect(receive(...states)).rejects.toThrow('refused');
});
