import { expect, test } from '@jest/globals';
import type { Asked, Client, Json } from '../../src/cli/client.js';
import { findInList } from '../../src/cli/finding.js';
import { readOperations } from '../../src/cli/operations.js';

const list = readOperations().find(({ route }) => route === 'GET /purchases');

/** Finds a purchase among those that the service answers, and what it was asked. */
async function find(typed: string, purchases: Json[], isAct = false) {
  const asked: Asked[] = [];
  const client = {
    ask: async (each: Asked) => {
      asked.push(each);
      return { purchases, next_cursor: null };
    },
  } as unknown as Client;
  return { found: await findInList(client, typed, { list, path: '/purchases', isAct }), asked };
}

test('what a shop reported is found by the number of its order', async () => {
  const { found, asked } = await find('1003', [{ id: 'e1', order: '1003' }]);
  expect(found).toBe('e1');
  expect(asked[0]?.query).toMatchObject({ order: '1003' });
});

test('where an order was reported several times, each is named, and the id is asked for', async () => {
  const events = [
    { id: 'e1', order: '1003', topic: 'refunded', outcome: 'applied' },
    { id: 'e2', order: '1003', topic: 'bought', outcome: 'failed' },
  ];
  await expect(find('1003', events)).rejects.toThrow(
    '1003 names several. Name one by its id:\n  e1  refunded, applied\n  e2  bought, failed',
  );
});

test('an act on an order that was reported several times means the only report that is still open', async () => {
  const events = [
    { id: 'e1', order: '1003', topic: 'order.updated', outcome: 'waiting' },
    { id: 'e2', order: '1003', topic: 'order.created', outcome: 'ignored' },
  ];
  expect((await find('1003', events, true)).found).toBe('e1');
  await expect(find('1003', events)).rejects.toThrow('1003 names several');
  const both = events.map(event => ({ ...event, outcome: 'failed' }));
  await expect(find('1003', both, true)).rejects.toThrow('1003 names several');
});
