// By what requests and refusals of a license are found.

import { isDay } from '../../domain/instant.js';
import type { PageQuery } from '../../domain/page.js';
import type { Provider } from '../../domain/provider.js';
import { Prisma } from '../generated/client.js';
import { MASTER } from './askedDays.js';

/** Instants, or days in the quotas' time zone; a last day is included. */
export interface Within {
  from?: string | undefined;
  to?: string | undefined;
}

export interface RequestFilter extends PageQuery, Within {
  /** Any of these names of one model. */
  models?: string[] | undefined;
  provider?: Provider | undefined;
  requestId?: string | undefined;
  /** The name or id of a named key, or `master`. */
  key?: string | undefined;
}

/** `at` is the column of the instant. The conditions leave the rows in the order of their ids. */
export function filterSql(
  licenseId: string,
  { from, to, models, provider, requestId, key, cursor }: RequestFilter,
  at: Prisma.Sql,
  timeZone: string,
): Prisma.Sql[] {
  return [
    Prisma.sql`license_id = ${licenseId}::uuid`,
    ...withinSql({ from, to }, at, timeZone),
    ...(models === undefined ? [] : [Prisma.sql`model = ANY(${models}::text[])`]),
    ...(provider === undefined ? [] : [Prisma.sql`provider = ${provider}`]),
    ...(requestId === undefined ? [] : [Prisma.sql`id = ${requestId}::uuid`]),
    ...(key === undefined ? [] : [keySql(key, licenseId)]),
    ...(cursor === undefined ? [] : [Prisma.sql`id < ${cursor}::uuid`]),
  ];
}

/** A name that several keys had, one after the other, means all of them. */
function keySql(key: string, licenseId: string): Prisma.Sql {
  const named = Prisma.sql`named_key_id IN (SELECT named.id FROM named_key named
    WHERE named.license_id = ${licenseId}::uuid AND (named.name = ${key} OR named.id::text = ${key}))`;
  return key === MASTER ? Prisma.sql`(named_key_id IS NULL OR ${named})` : named;
}

export function withinSql({ from, to }: Within, at: Prisma.Sql, timeZone: string): Prisma.Sql[] {
  return [
    ...(from === undefined ? [] : [Prisma.sql`${at} >= ${beginningSql(from, timeZone)}`]),
    ...(to === undefined ? [] : [untilSql(at, to, timeZone)]),
  ];
}

function beginningSql(text: string, timeZone: string): Prisma.Sql {
  return isDay(text)
    ? Prisma.sql`(${text}::date::timestamp AT TIME ZONE ${timeZone})`
    : Prisma.sql`${text}::timestamptz`;
}

function untilSql(at: Prisma.Sql, text: string, timeZone: string): Prisma.Sql {
  return isDay(text)
    ? Prisma.sql`${at} < ((${text}::date + 1)::timestamp AT TIME ZONE ${timeZone})`
    : Prisma.sql`${at} <= ${text}::timestamptz`;
}
