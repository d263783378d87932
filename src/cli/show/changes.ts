// What happened, in short: of a change only what it changed, of a purchase what was paid, of a request how much was
// charged.

import type { Json } from '../client.js';
import { isObject } from '../client.js';
import { cellOf, labelOf, type Manner, printable } from './cells.js';

/** A row with what people read instead of states and of yes and no. */
export function inWords(list: string, row: Json, manner: Manner): Json {
  if (list === 'entries') {
    const { before, after, ...others } = row;
    return { ...others, change: changeOf(before, after, manner) };
  }
  if (list === 'requests' && typeof row.units === 'number') {
    // A statement only has what was charged, and does not say so of each request.
    const charged = row.charged === false ? 0 : row.units;
    const unit = row.unit === 'microusd' ? row.unit : undefined;
    const named = withKeyName(row);
    return {
      ...named,
      charged: unit ? cellOf('units', charged, row, { ...manner, unit }) : charged,
    };
  }
  if (list === 'keys' && isObject(row.usage)) {
    const counts = Object.entries(row.usage).flatMap(([provider, counted]) =>
      isObject(counted) && counted.used !== 0 ? [[provider, counted.used]] : [],
    );
    return { ...row, usage: Object.fromEntries(counts) };
  }
  if (list === 'rows' && 'name' in row) {
    const { name, ...others } = row;
    return { ...others, key: name ?? row.key };
  }
  if (list === 'lines' && isObject(row.after)) {
    const { before, after, ...others } = row;
    return { ...others, message: changeOf(before, after, manner) };
  }
  if (list === 'refusals') return withCause(withKeyName(row));
  if (list !== 'events' || !isObject(row.details)) return row;
  const { before, after, facts, ...others } = row.details;
  if (isObject(facts)) return { ...row, details: purchaseOf(others, facts, manner) };
  const isChange = before !== undefined || after !== undefined;
  return isChange ? { ...row, details: changeOf(before, after, manner) } : row;
}

/** A refusal with its cause, if that is known, in place of what the caller was told. */
function withCause({ cause, ...row }: Json): Json {
  return isObject(cause) ? { ...row, message: cause.message } : row;
}

/** A row with the name of its named key, which people know, in place of the id. */
function withKeyName({ key_name, ...row }: Json): Json {
  return key_name === undefined ? row : { ...row, key: key_name };
}

/** `plan basic → vip, reason key was shared`. Where nothing stays, what it was. */
export function changeOf(before: unknown, after: unknown, manner: Manner): string {
  const name = keyNameIn(before) ?? keyNameIn(after);
  if (name === undefined) return differenceOf(before, after, manner);
  const [was, is] = [before, after].map(state => withoutKey(state, name));
  return `key ${printable(name)}: ${differenceOf(was, is, manner)}`;
}

/** The name of the named key that a change is about. */
function keyNameIn(state: unknown): string | undefined {
  return isObject(state) && typeof state.key === 'string' && typeof state.name === 'string'
    ? state.name
    : undefined;
}

function withoutKey(state: unknown, known: string): unknown {
  if (!isObject(state)) return state;
  const { key: _, name, ...others } = state;
  return name === undefined || name === known ? others : { name, ...others };
}

function differenceOf(before: unknown, after: unknown, manner: Manner): string {
  const [was, is] = [fieldsIn(before, manner), fieldsIn(after, manner)];
  const said = [...new Set([...was.keys(), ...is.keys()])].flatMap(label => {
    const [one, other] = [was.get(label), is.get(label)];
    // Which grant it is about, of several.
    if (one === other) return label === 'grant' ? [`grant ${one}`] : [];
    if (one === undefined || is.size === 0) return [`${label} ${one ?? other}`];
    return [`${label} ${one} → ${other ?? '-'}`];
  });
  return said.join(', ');
}

function purchaseOf({ order, currency }: Json, facts: Json, manner: Manner): string {
  const { products, quantity, amount } = facts;
  const paid = isObject(amount) ? amount.part : undefined;
  return [...fieldsIn({ order, products, quantity, amount: paid, currency }, manner)]
    .filter(([label]) => label !== 'currency')
    .map(([label, text]) => `${label} ${text}`)
    .join(', ');
}

/** What is there, by its label; of an object within it each field. */
function fieldsIn(state: unknown, manner: Manner): Map<string, string> {
  const found = new Map<string, string>();
  if (!isObject(state)) return found;
  for (const [name, value] of Object.entries(state)) {
    if (isObject(value)) {
      for (const [inner, text] of fieldsIn(value, manner)) {
        found.set(`${labelOf(name)} ${inner}`, text);
      }
    } else {
      const text = cellOf(name, value, state, manner);
      if (text !== '-') found.set(labelOf(name), text);
    }
  }
  return found;
}
