import { expect, test } from '@jest/globals';
import { refusalOfFault } from '../../../src/http/kernel/fault.js';

function thrown(name: string, more: object = {}): Error {
  return Object.assign(new Error('Connection terminated unexpectedly'), { name }, more);
}

test.each<[string, unknown]>([
  ['the client', thrown('PrismaClientKnownRequestError', { code: 'P2024' })],
  ['the driver, through the client', thrown('Error', { clientVersion: '7.10.0' })],
  ['the driver, for the ledger', thrown('DatabaseError')],
  ['the queue', thrown('OverloadedError')],
])('a fault of the database is an outage: %s', (_, error) => {
  expect(refusalOfFault(error)).toMatchObject({
    code: 'service_unavailable',
    retryAfterSeconds: 2,
  });
});

test('a value that the database cannot store is the client’s fault: 400', () => {
  const error = thrown('DatabaseError', { sqlState: '22021' });
  expect(refusalOfFault(error)).toMatchObject({ code: 'invalid_request' });
});

test.each<[unknown]>([[thrown('Error')], [thrown('TypeError')], ['text'], [undefined]])(
  'anything else is a fault of ours: %s',
  error => {
    expect(refusalOfFault(error)).toMatchObject({ code: 'internal_error' });
  },
);
