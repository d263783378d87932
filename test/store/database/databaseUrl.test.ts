import { describe, expect, test } from '@jest/globals';
import { readDatabaseUrl } from '../../../src/store/database/databaseUrl.js';
import { faultOfServer } from '../../../src/store/database/serverCheck.js';

const BASE = 'postgres://sahm:p%40ss@db.example:6432/shop';

describe('a DATABASE_URL', () => {
  test('says who, where and what, percent-decoded', () => {
    expect(readDatabaseUrl(BASE)).toEqual({
      user: 'sahm',
      password: 'p@ss',
      host: 'db.example',
      port: 6432,
      database: 'shop',
    });
    expect(readDatabaseUrl('postgres://[::1]/x').host).toBe('::1');
    expect(readDatabaseUrl('postgres:///x?host=/run/postgresql').host).toBe('/run/postgresql');
  });

  test.each([
    ['?sslmode=disable', { ssl: false }],
    ['?sslmode=require', { ssl: { rejectUnauthorized: true } }],
    ['?sslmode=verify-full&sslrootcert=system', { ssl: { rejectUnauthorized: true } }],
    ['?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
    ['?schema=shop', { options: '-c search_path="shop"' }],
    ['?options=-c%20geqo%3Doff&schema=a', { options: '-c geqo=off -c search_path="a"' }],
    ['?application_name=x', { application_name: 'x' }],
    ['?channel_binding=require', { enableChannelBinding: true }],
  ])('%s is kept', (query, expected) => {
    expect(readDatabaseUrl(BASE + query)).toMatchObject(expected);
  });

  test.each([
    '?sslmode=prefer',
    '?sslmode=allow',
    '?sslmode=verify-ca',
    '?sslrootcert=/x.pem',
    '?sslmode=require&sslrootcert=/no/such/file',
    '?ssl=true',
    '?schema=a;b',
    '?schema=a&options=-c%20search_path%3Db',
    '?schema=a&schema=b',
    '?target_session_attrs=read-write',
    '?pgbouncer=true',
  ])('%s is refused, without the password', query => {
    expect(() => readDatabaseUrl(BASE + query)).toThrow(/^DATABASE_URL (?!.*p@ss)/);
  });
});

test.each([
  [{ version: 130_014 }, /PostgreSQL 13; Sahm needs 14/],
  [{ encoding: 'SQL_ASCII' }, /SQL_ASCII/],
  [{ schema: null }, /CREATE SCHEMA/],
  [{ migratedSchema: 'public' }, /begin with public/],
  [{}, null],
])('of a server %j: %s', (more, words) => {
  const facts = {
    version: 150_008,
    encoding: 'UTF8',
    schema: 'shop',
    searchPath: 'shop, public',
    migratedSchema: 'shop',
    ...more,
  };
  const fault = faultOfServer(facts);
  if (words) expect(fault).toMatch(words);
  else expect(fault).toBe(null);
});
