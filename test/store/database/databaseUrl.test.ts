import { describe, expect, test } from '@jest/globals';
import { describeTarget, readDatabaseUrl } from '../../../src/store/database/databaseUrl.js';
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

  test('names several hosts, each with its port, of which the one that takes writes is used', () => {
    const hosts = 'db-1,db-2:6432,[::1]:5433';
    const target = readDatabaseUrl(
      `postgres://sahm:p%40ss@${hosts}/shop?target_session_attrs=read-write`,
    );
    expect(target).toMatchObject({ user: 'sahm', password: 'p@ss', database: 'shop' });
    expect(target.primary?.servers).toEqual([
      { host: 'db-1', port: 5432 },
      { host: 'db-2', port: 6432 },
      { host: '::1', port: 5433 },
    ]);
    expect(describeTarget(target)).toBe('db-1:5432,db-2:6432,[::1]:5433/shop');
  });

  test.each([
    ['one,two', '', /target_session_attrs=read-write/],
    ['one,two', 'target_session_attrs=any', /Sahm writes/],
    ['one', 'target_session_attrs=standby', /Sahm writes/],
    ['one,one:5432', 'target_session_attrs=read-write', /twice/],
    [',two', 'target_session_attrs=primary', /comma/],
    ['one,two', 'target_session_attrs=primary&host=/run', /leave one out/],
    ['', 'host=one,two', /before the path/],
  ])('of the hosts "%s" with %s, Sahm refuses, without the password', (hosts, query, words) => {
    const user = /^(,|$)/.test(hosts) ? '' : 'sahm:p%40ss@';
    const read = () => readDatabaseUrl(`postgres://${user}${hosts}/shop?${query}`);
    expect(read).toThrow(words);
    expect(read).toThrow(/^DATABASE_URL (?!.*p@ss)/);
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
