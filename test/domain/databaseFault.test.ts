import { expect, test } from '@jest/globals';
import {
  databaseFaultOf,
  isHeldUp,
  mayBeDone,
  sqlStateOf,
} from '../../src/domain/databaseFault.js';

function direct(sqlState?: string): Error {
  return Object.assign(new Error('as the driver said'), { name: 'DatabaseError', sqlState });
}

function throughPrisma(code: string, cause: object): Error {
  const adapterError = Object.assign(new Error(), { name: 'DriverAdapterError', cause });
  return Object.assign(new Error(), {
    name: 'PrismaClientKnownRequestError',
    code,
    meta: { driverAdapterError: adapterError },
    clientVersion: '7',
  });
}

function named(name: string, more: object = {}): Error {
  return Object.assign(new Error(), { name }, more);
}

test.each<[string, string, unknown]>([
  ['unavailable', 'a connection that was refused', direct('08006')],
  ['unavailable', 'a full disk', direct('53100')],
  ['unavailable', 'a statement that took too long', direct('57014')],
  ['unavailable', 'a lock that somebody holds', direct('55P03')],
  ['unavailable', 'a session that may only read', direct('25006')],
  ['unavailable', 'a broken connection', direct()],
  ['unavailable', 'a broken pipe', direct('EPIPE')],
  [
    'unavailable',
    'a connection that broke within a transaction',
    new Error('Client has encountered a connection error and is not queryable'),
  ],
  [
    'unavailable',
    'a broken connection, through the client',
    named('Error', { clientVersion: '7' }),
  ],
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'].flatMap(
    (kind): Array<[string, string, unknown]> => [
      ['unavailable', `${kind}, through Prisma`, throughPrisma('P2010', { kind })],
      ['unavailable', `${kind}, of the adapter`, named('DriverAdapterError', { cause: { kind } })],
    ],
  ),
  ['fault', 'what the adapter does not explain', named('DriverAdapterError')],
  ...['P1001', 'P1017', 'P2028'].map((code): [string, string, unknown] => [
    'unavailable',
    `Prisma’s ${code}`,
    named('PrismaClientKnownRequestError', { code }),
  ]),
  ...['P10011', 'XP1001', 'P2002'].map((code): [string, string, unknown] => [
    'fault',
    `Prisma’s ${code}`,
    named('PrismaClientKnownRequestError', { code }),
  ]),
  ['unavailable', 'a session that was idle in a transaction', direct('25P03')],
  ['unavailable', 'a transaction that took too long', direct('25P04')],
  ['unavailable', 'an operating system that fails', direct('58030')],
  [
    'unavailable',
    'a connection that was closed',
    new Error('Client was closed and is not queryable'),
  ],
  [
    'unavailable',
    'no connection free in time',
    named('PrismaClientKnownRequestError', { code: 'P2024' }),
  ],
  ['unavailable', 'our own queue', named('OverloadedError')],
  ['conflict', 'a deadlock', direct('40P01')],
  ['conflict', 'two writers', throughPrisma('P2034', { kind: 'TransactionWriteConflict' })],
  ['value', 'NUL in a text', throughPrisma('P2039', { originalCode: '22021' })],
  ['value', 'a day that no calendar has', direct('22008')],
  ['value', 'a text too long for an index', direct('54000')],
  ['fault', 'a table that is not there', direct('42P01')],
  ['fault', 'a time zone that it does not know', direct('22023')],
  ['fault', 'a wrong password', direct('28P01')],
  ['fault', 'a row that nothing may refer to', throughPrisma('P2003', { originalCode: '23503' })],
  ['fault', 'an argument that Prisma refuses', named('PrismaClientValidationError')],
  [
    'fault',
    'an answer that Prisma cannot read',
    throughPrisma('P2010', { kind: 'UnsupportedNativeDataType' }),
  ],
])('%s: %s', (meaning, _, error) => {
  expect(databaseFaultOf(error)).toBe(meaning);
});

test.each<[unknown]>([[new TypeError('x')], ['text'], [undefined]])(
  'what is not of the database is none of its faults: %s',
  error => {
    expect(databaseFaultOf(error)).toBeNull();
  },
);

test('an act whose answer was lost may be done; one that the server gave up is not', () => {
  expect([direct(), direct('57P01'), direct('08006')].map(mayBeDone)).toEqual([true, true, true]);
  const givenUp = ['57014', '55P03', '40P01', '42P01', '53100', '58P01'].map(direct);
  expect(givenUp.map(mayBeDone)).toEqual(givenUp.map(() => false));
  // Not ours to say.
  expect([new TypeError('x'), named('PrismaClientValidationError')].map(mayBeDone)).toEqual([
    false,
    false,
  ]);
});

test('a lock that somebody held for too long is told from all other faults', () => {
  expect([direct('55P03'), direct('57014'), direct(), null].map(isHeldUp)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test.each([
  ['42P07', 'of the driver', named('error', { code: '42P07' })],
  ['42P07', 'of a statement without Prisma', direct('42P07')],
  ['42P07', 'through Prisma', throughPrisma('P2010', { originalCode: '42P07' })],
  [undefined, 'of Prisma itself', named('PrismaClientKnownRequestError', { code: 'P2024' })],
  [undefined, 'of a connection', named('Error', { code: 'ECONNREFUSED' })],
  [undefined, 'of a pipe', named('Error', { code: 'EPIPE' })],
  [undefined, 'of nobody', null],
  [undefined, 'with a code that is longer', named('error', { code: '42P070' })],
  [undefined, 'with a code that is a number', named('error', { code: 42707 })],
])('SQLSTATE %s: an error %s', (state, _, error) => {
  expect(sqlStateOf(error)).toBe(state);
});
