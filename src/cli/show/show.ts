// Shows answers: as the API's JSON for scripts, or as tables and sentences for people.

import type { Json } from '../client.js';
import { isObject } from '../client.js';
import { labelOf, type Manner, printable, withUnitOf } from './cells.js';
import { toldInWords } from './keys.js';
import { tableOf } from './lists.js';
import { pageOf } from './page.js';

export interface ShowOptions {
  isJson: boolean;
  timeZone: string;
  /** The width of the terminal; undefined if nothing is cut. */
  width: number | undefined;
  write(text: string): void;
}

/** What is known of the question. */
export interface Question {
  /** The name of the rows, such as `requests`, if the answer calls them `rows`. */
  noun: string;
  /** The license or other object that the route is about. */
  isAboutOne: boolean;
  /** The filter of the question. */
  filters: string[];
  /** Sentences that stand below the answer. */
  remarks?: string[];
}

export type Show = (answer: Json, question: Question) => void;

/** Fields beside the rows of a list. */
const OF_LISTS = ['next_cursor', 'from', 'to', 'group', 'time_zone'];

export function createShow({ isJson, write, width, timeZone }: ShowOptions): Show {
  return (answer, question) => {
    if (isJson) return write(JSON.stringify(answer, null, 2));
    const manner = mannerOf(answer, timeZone);
    const told = toldInWords(answer, manner);
    const list = listIn(told);
    const lines = list
      ? listLines(list, told, { question, width, manner })
      : pageOf(told, width, manner);
    const remarks = (question.remarks ?? []).map(printable);
    const below = remarks.length === 0 ? [] : ['', ...remarks];
    if (lines.length > 0) write([...lines, ...below].join('\n'));
  };
}

function listLines(
  [list, rows]: [string, unknown[]],
  answer: Json,
  { question, width, manner }: { question: Question; width: number | undefined; manner: Manner },
): string[] {
  const isReport = typeof answer.from === 'string' && typeof answer.to === 'string';
  const range = isReport ? `${answer.from} to ${answer.to}` : '';
  const noun = list === 'rows' ? question.noun : labelOf(list);
  if (rows.length === 0) return [wordsForNone(noun, range, question)];
  const more = answer.next_cursor ? [`More: --cursor ${answer.next_cursor}, or --all.`] : [];
  const objects = rows.filter(isObject);
  if (objects.length < rows.length) {
    return [noun.replace(/s$/, '').toUpperCase(), ...rows.map(each => printable(String(each)))];
  }
  const group = typeof answer.group === 'string' ? answer.group : 'day';
  const { filters } = question;
  const table = { list, rows: objects, filters, width, hasTotals: isReport };
  const asked = isReport ? { ...table, group } : table;
  return [...tableOf(asked, manner), ...(isReport ? [`From ${range}.`] : []), ...more];
}

/** `No requests from 2026-11-01 to 2026-11-29.` */
function wordsForNone(noun: string, range: string, { isAboutOne, filters }: Question): string {
  if (range !== '') return `No ${noun} from ${range}.`;
  if (filters.some(name => /^(?:from|to|since|until|before|after|expires_by)$/.test(name))) {
    return `No ${noun} in this time.`;
  }
  if (filters.length > 0) return `No ${noun} with this ${filters.map(labelOf).join(' and ')}.`;
  return isAboutOne ? `No ${noun} here yet.` : `There are no ${noun} yet.`;
}

/** The list of an answer that has nothing else. */
function listIn(answer: Json): [string, unknown[]] | undefined {
  const lists = Object.entries(answer).flatMap(
    ([name, value]): Array<[string, unknown[]]> => (Array.isArray(value) ? [[name, value]] : []),
  );
  const others = Object.keys(answer).filter(name => !OF_LISTS.includes(name));
  return lists.length === 1 && others.length === 1 ? lists[0] : undefined;
}

function mannerOf(answer: Json, timeZone: string): Manner {
  const { time_zone } = answer;
  const zone = typeof time_zone === 'string' ? time_zone : timeZone;
  return withUnitOf(answer, { timeZone: zone });
}
