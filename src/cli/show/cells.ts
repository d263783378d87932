// Writes one value for people: money with its currency, instants in a named time zone, yes and no.

import { placesOf } from '../../domain/money.js';
import { WALLET } from '../../domain/provider.js';
import type { Json } from '../client.js';
import { isObject } from '../client.js';

/** Fields that are amounts, in the smallest unit of the currency beside them. */
const AMOUNTS = ['paid', 'refunded', 'tax', 'amount', 'price', 'net', 'fee'];
/** Fields of a balance, which are micro-dollars if the plan sells money. */
const BALANCES = [
  ...['used', 'limit', 'remaining', 'held', 'plan_limit', 'addon_limit', 'units', 'withdrawn'],
  ...['balance', 'sum', 'opening', 'closing'],
];
const MICROUSD = /_?microusd$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export interface Manner {
  /** The time zone of dates, as an IANA name. */
  timeZone: string;
  /** The unit of balances in this answer, if it is not requests. */
  unit?: string;
  /** All instants of this object are ends, as its name says. */
  isEnd?: boolean;
}

/** The manner for what stands in this object: with its own unit, where it names one. */
export function withUnitOf({ unit, ...answer }: Json, manner: Manner): Manner {
  const named = [answer.usage, answer.grant].flatMap(part => (isObject(part) ? [part.unit] : []));
  const lines = Array.isArray(answer.lines) ? answer.lines : [];
  // A balance over all providers is that of a wallet.
  const wallet = lines.some(line => isObject(line) && line.provider === WALLET) ? ['microusd'] : [];
  const own = [unit, ...named, ...wallet].find(each => typeof each === 'string');
  return typeof own === 'string' ? { ...manner, unit: own } : manner;
}

/** The title above or beside a value. */
export function labelOf(name: string): string {
  if (name === 'microusd') return 'cost';
  const plain = name.replace(/_(?:at|id)$/, '').replace(MICROUSD, '');
  return plain.replaceAll(/_|(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && INSTANT.test(value);
}

/** Fields with the instant at which something happened, whose order matters within a minute. */
const TO_THE_SECOND = ['at', 'ended_at', 'occurred_at', 'received_at', 'settled_at'];
/** Fields with the instant at which something ends. */
const END = /^(?:expires_at|(?:.*_)?until)$/;

/** Whether a field says when something ends. */
export function isEnd(name: string): boolean {
  return END.test(name);
}

/** Such as `2026-11-29 08:47`, or with seconds. The time zone is named elsewhere. */
export function dateOf(
  instant: string | Date,
  { timeZone }: Manner,
  timeStyle: 'short' | 'medium' = 'short',
): string {
  const how = { timeZone, dateStyle: 'short', timeStyle } as const;
  return new Intl.DateTimeFormat('sv-SE', how).format(new Date(instant));
}

/** A sentence of the service, with its instants as people write them. Those of its examples have no milliseconds. */
export function withDates(sentence: string, manner: Manner): string {
  return sentence.replace(
    /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g,
    instant => `${dateOf(instant, manner, 'medium')} ${manner.timeZone}`,
  );
}

/** The instant of a field. A day that is included ends at its 24:00, which is the next day's 00:00. */
function momentOf(name: string, instant: string, manner: Manner): string {
  if (TO_THE_SECOND.includes(name)) return dateOf(instant, manner, 'medium');
  const written = dateOf(instant, manner);
  if (!(manner.isEnd || isEnd(name)) || !written.endsWith(' 00:00')) return written;
  return dateOf(new Date(Date.parse(instant) - 1), manner).replace(/\S+$/, '24:00');
}

/** The currency of a field and the number of its decimals; undefined if the field is no money. */
export function moneyOf(name: string, row: Json, manner: Manner) {
  const isOfWallet = unitOf(row, manner) === 'microusd' && BALANCES.includes(name);
  if (isOfWallet || MICROUSD.test(name) || name === WALLET) {
    return { currency: 'USD', places: 6, least: 2 };
  }
  const { currency } = row;
  if (typeof currency !== 'string' || !AMOUNTS.includes(name)) return undefined;
  const places = placesOf(currency);
  return { currency, places, least: places };
}

/** The unit of an object's balances: its own, that of the wallet or provider it names, or else the answer's. */
function unitOf({ unit, provider }: Json, manner: Manner): string | undefined {
  if (typeof unit === 'string') return unit;
  if (typeof provider !== 'string') return manner.unit;
  return provider === WALLET ? 'microusd' : undefined;
}

/** `USD 0.0012` for 1200 micro-dollars: only as many decimals as needed, but at least the usual ones. */
export function writeMoney(
  units: number,
  { currency, places, least }: { currency: string; places: number; least: number },
): string {
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const decimals = digits.slice(digits.length - places);
  const needed = Math.max(least, decimals.replace(/0+$/, '').length);
  const fraction = needed === 0 ? '' : `.${decimals.slice(0, needed)}`;
  return `${currency} ${units < 0 ? '-' : ''}${grouped(whole)}${fraction}`;
}

/** One cell of a table, or the value of a field. */
export function cellOf(name: string, value: unknown, row: Json, manner: Manner): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') {
    const money = moneyOf(name, row, manner);
    return money ? writeMoney(value, money) : grouped(String(value));
  }
  if (isInstant(value)) return momentOf(name, value, manner);
  if (Array.isArray(value)) {
    return value.map(each => cellOf(name, each, row, manner)).join(', ') || '-';
  }
  if (name === 'unit' && value === 'microusd') return 'USD';
  return isObject(value) ? inShort(value, manner) : printable(String(value));
}

/** Such as `plan pro, expires 2027-02-28 00:00`. Empty fields are left out. */
function inShort(object: Json, manner: Manner): string {
  const said = Object.entries(object)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => {
      const cell = cellOf(name, value, object, manner);
      return `${labelOf(name)} ${isObject(value) ? `(${cell})` : cell}`;
    });
  return said.join(', ') || '-';
}

/** Removes control characters, which could change the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** `1,234,567.5`; a text that is no number stays as it is. */
function grouped(digits: string): string {
  return digits.replace(/^(-?)(\d+)/, (_, sign, whole: string) => {
    return sign + whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  });
}
