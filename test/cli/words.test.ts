import { expect, test } from '@jest/globals';
import { argumentName, nameOf, optionName } from '../../src/cli/words.js';
import type { Method } from '../../src/http/kernel/endpoint.js';

const ROUTES = [
  'GET /things',
  'POST /things',
  'POST /things/lookup',
  'GET /things/{id}',
  'PATCH /things/{id}',
  'DELETE /things/{id}',
  'POST /things/{id}/freeze',
  'GET /things/{id}/history',
  'GET /things/{id}/copies',
  'POST /things/{id}/copies',
  'DELETE /things/{id}/copies/{copy}',
  'GET /parties/{id}',
  'GET /report',
  'GET /report/days',
  'GET /state',
  'GET /own-lock',
  'POST /own-lock',
  'POST /state/check',
];

test.each([
  ['GET /things', 'thing list'],
  ['POST /things', 'thing create'],
  ['POST /things/lookup', 'thing lookup'],
  ['GET /things/{id}', 'thing show'],
  ['PATCH /things/{id}', 'thing change'],
  ['DELETE /things/{id}', 'thing remove'],
  ['POST /things/{id}/freeze', 'thing freeze'],
  ['GET /things/{id}/history', 'thing history'],
  ['GET /things/{id}/copies', 'thing copy list'],
  ['POST /things/{id}/copies', 'thing copy create'],
  ['DELETE /things/{id}/copies/{copy}', 'thing copy remove'],
  ['GET /parties/{id}', 'party show'],
  ['GET /report', 'report show'],
  ['GET /report/days', 'report days'],
  ['POST /state/check', 'state check'],
  ['GET /own-lock', 'own-lock show'],
])('%s is said: %s', (route, words) => {
  const [method = '', path = ''] = route.split(' ');
  const named = nameOf(method.toLowerCase() as Method, path, ROUTES);
  expect(named.words.map(({ word }) => word).join(' ')).toBe(words);
});

test('arguments and options have readable names', () => {
  expect(argumentName('/things/{id}/copies/{copy}', 'id')).toBe('thing');
  expect(argumentName('/things/{id}/copies/{copy}', 'copy')).toBe('copy');
  expect(['expires_at', 'license_id', 'grace_seconds', 'limits.openai'].map(optionName)).toEqual([
    'expires',
    'license',
    'grace',
    'limits-openai',
  ]);
});
