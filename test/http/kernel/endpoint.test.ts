// What a route answers is what its schema says: another field, or one that is missing, does not compile.

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { endpoint } from '../../../src/http/kernel/endpoint.js';

const counted = z.strictObject({ count: z.number() });
const described = {
  method: 'get',
  path: '/count',
  summary: 'Counts',
  access: 'public',
  answers: { 200: counted, 204: null },
} as const;

test('types hold each answer to its schema', () => {
  const all = [
    endpoint(described, async ({ answer }) => answer(200, { count: 1 })),
    endpoint(described, async ({ answer }) => answer(204, null)),
    // @ts-expect-error A field is missing.
    endpoint(described, async ({ answer }) => answer(200, {})),
    // @ts-expect-error There is one more.
    endpoint(described, async ({ answer }) => answer(200, { count: 1, more: 2 })),
    // @ts-expect-error It is a number.
    endpoint(described, async ({ answer }) => answer(200, { count: '1' })),
    // @ts-expect-error The description has no such answer.
    endpoint(described, async ({ answer }) => answer(201, { count: 1 })),
    // @ts-expect-error Nothing is sent with a 204.
    endpoint(described, async ({ answer }) => answer(204, { count: 1 })),
  ];
  expect(all.map(({ path }) => path)).toEqual(all.map(() => '/count'));
});
