// Why the inbox has an event as it has it. The service keeps a reason in English, for programs and the log: clauses,
// with a semicolon between them. The English texts are its words, by which those that people meet are known.

import english from '../../../messages/en/adminReasons.js';
import { type Say, useTexts } from '../../../messages/useTexts.js';

const PLAIN = [
  'noLicense',
  'noneOfOurs',
  'noLineYet',
  'neverPaid',
  'notPaidYet',
  'orderUnknown',
  'namesNobody',
  'correctOrAssign',
  'buyerRevoked',
  'shareUnknown',
  'emailNeeded',
  'productNeeded',
] as const;
const NAMED = [
  'needsPlan',
  'productUnknown',
  'hadBefore',
  'settledByHand',
  'orderSettled',
] as const;

export function Reason({ reason }: { reason: string }) {
  const t = useTexts('adminReasons');
  const said = reason.split('; ').map(clause => sayClause(clause, t));
  return <bdi>{said.join(' · ')}</bdi>;
}

function sayClause(clause: string, t: Say<'adminReasons'>): string {
  const plain = PLAIN.find(key => english[key] === clause);
  if (plain) return t(plain);
  for (const key of NAMED) {
    const [before = '', after = ''] = english[key].split('{name}');
    if (!clause.startsWith(before) || !clause.endsWith(after)) continue;
    return t(key, { name: clause.slice(before.length, clause.length - after.length) });
  }
  // Another one stays as it is.
  return clause;
}
