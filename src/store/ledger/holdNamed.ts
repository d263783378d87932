// Hold with a named key: where one of its license has a limit, that decides in the same statement as the license's buckets
// (docs/decisions/0191-keys-without-a-limit.md).

import type { Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import {
  answerAll,
  type HoldResult,
  type HoldResults,
  type HoldSettings,
  type HoldWant,
  heldFrom,
  holdFromAnyBucket,
  holdWhereOwnFits,
  type QuotaWant,
  roundsOf,
  toJson,
} from './hold.js';
import { holdKeys } from './holdKeys.js';
import { type OwnLimitRow, type QuotaRow, usageFrom, withOwnLimit } from './sql.js';

/** What a named key's own limit has room for, of one quota's wants. */
export interface Room extends OwnLimitRow {
  ordinal: number;
  /** How many wants fit, from the first. */
  fits: number;
  /** Only pending holds keep the others out. */
  reserved: boolean;
  /** Whether the license's month is open. Where it is not, nothing was tried. */
  is_opened: boolean;
}

interface Answer {
  period: string;
  rooms: Room[];
  held: string[];
  quotas: Array<{ ordinal: number; reserved: boolean }>;
  counters: QuotaRow[];
}

/**
 * Holds every want of a batch that fits, with keys of both kinds. Master keys pay nothing for named ones, and named keys
 * pay nothing for limits that none of their license has.
 */
export async function holdWithAnyKeys(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  const isLimited = wants.some(({ namedKey }) => namedKey?.areKeysLimited);
  const rounds = roundsOf(wants);
  // Several keys of one license would take a round each.
  const shareQuotas = rounds.length > 1 && wants.some(isOfNamedKey);
  if (!isLimited && !shareQuotas) return holdInRounds(db, rounds, settings, results);
  await holdKeys(db, wants, settings, results);
  const left = wants.filter(({ holdId }) => !results.has(holdId));
  const master = left.filter(want => !isOfNamedKey(want));
  await holdInRounds(db, roundsOf(master), settings, results);
  for (const round of roundsOf(left.filter(isOfNamedKey))) {
    await holdNamedRound(db, round, settings, results);
  }
}

function isOfNamedKey({ namedKey }: HoldWant): boolean {
  return Boolean(namedKey);
}

async function holdInRounds(
  db: Queries,
  rounds: QuotaWant[][],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  for (const round of rounds) {
    const full = await holdWhereOwnFits(db, round, settings, results);
    const master = full.filter(({ first }) => !isOfNamedKey(first));
    const named = full.filter(({ first }) => isOfNamedKey(first));
    if (master.length > 0) await holdFromAnyBucket(db, master, settings, results);
    if (named.length > 0) await holdNamedRound(db, named, settings, results);
  }
}

async function holdNamedRound(
  db: Queries,
  quotas: QuotaWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  let answer = await tryToHold(db, quotas, settings);
  const unopened = quotas.filter(({ ordinal }) => roomOf(answer, ordinal)?.is_opened === false);
  const opened = quotas.filter(quota => !unopened.includes(quota));
  answerOpened(opened, answer, results, settings);
  if (unopened.length === 0) return;
  const licenseIds = [...new Set(unopened.map(({ first }) => first.licenseId))];
  await settings.openPeriods(licenseIds, answer.period);
  answer = await tryToHold(db, unopened, settings);
  answerOpened(unopened, answer, results, settings);
}

function tryToHold(db: Queries, quotas: QuotaWant[], settings: HoldSettings): Promise<Answer> {
  return queryJson<Answer>(
    db,
    Prisma.sql`SELECT sahm_hold_named(${toJson(quotas)}::json, ${settings.timeZone},
      ${settings.leaseMs})::text AS answer`,
  );
}

function roomOf({ rooms }: Answer, ordinal: number): Room | undefined {
  return rooms.find(room => room.ordinal === ordinal);
}

/** Whose month is not opened is called stale: so it stays if a month began between the two attempts. */
function answerOpened(
  quotas: QuotaWant[],
  answer: Answer,
  results: HoldResults,
  settings: HoldSettings,
): void {
  const held = new Set(answer.held);
  for (const quota of quotas) {
    const { ordinal, first, members } = quota;
    const room = roomOf(answer, ordinal);
    const tried = answer.quotas.find(each => each.ordinal === ordinal);
    // A license that changed while the statement ran has room, but was not tried.
    if (!room?.is_opened || (room.fits > 0 && !tried)) {
      answerAll(quota, { kind: 'stale' }, results);
      continue;
    }
    const counters = answer.counters.filter(row => row.license_id === first.licenseId);
    const usage = withOwnLimit(usageFrom(counters, settings), room);
    for (const [index, { holdId }] of members.entries()) {
      if (held.has(holdId)) results.set(holdId, heldFrom(usage, first.provider));
      else results.set(holdId, fullFrom(index < room.fits ? tried : undefined, room, usage));
    }
  }
}

function fullFrom(
  tried: { reserved: boolean } | undefined,
  room: Room,
  usage: Usage,
): Extract<HoldResult, { kind: 'full' }> {
  if (tried) return { kind: 'full', reserved: tried.reserved, usage };
  return { kind: 'full', reserved: room.reserved, usage, isOwnLimit: true };
}
