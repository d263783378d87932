import { createHash } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { z } from 'zod';
import { type FileLine, readBulkFile } from '../../domain/bulkFile.js';
import type { Consequence } from '../../domain/consequences.js';
import type { Language } from '../../domain/language.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { say } from '../../i18n/messages.js';
import type { Actor, AuditedState } from '../../store/admin/audit.js';
import type { How, ShownLicense } from '../../store/licenses/licenses.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { validate } from '../kernel/validate.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf, callerOf } from './authentication.js';
import { bulkBody, bulkLine, MOST_BULK_LINES } from './licenseSchemas.js';
import { changesIn, renderConsequences } from './licenses.js';
import { type BulkLineWire, type BulkWire, bulkAnswer } from './wire.js';

/** Grants of a bulk change get their ids from its name, so that a repetition finds them. */
const GRANT_NAMESPACE = 'f7c60f1e-0d4c-4b0e-9b57-6c1f6a6f6a31';
const SOURCE = 'administrator';

/** Changes many licenses at once. Each line is its own change: a bad line does not stop the others. */
export function bulkEndpoint(deps: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/admin/api/licenses/bulk',
      summary:
        'Changes many licenses, a line each, from a list or a file; a rehearsal first says what would happen',
      access: 'operator',
      body: bulkBody,
      answers: { 200: bulkAnswer },
    },
    async ({ answer, request, response, body }) => {
      const lines = linesOf(body);
      if ('kind' in lines) return lines;
      const { rehearse = false, confirm = false } = body;
      const by = actorOf(request, response);
      const run = { by, how: { rehearse, confirm }, language: callersLanguage(request), name: '' };
      if (rehearse) return answer(200, await runLines(lines, run, deps));

      const { administratorId } = callerOf(response);
      const name = `${administratorId} ${body.key}`;
      const begun = await deps.bulk.begin(
        name,
        JSON.stringify([body.changes ?? body.file, confirm]),
      );
      switch (begun.kind) {
        case 'done':
          return answer(200, bulkAnswer.parse(begun.outcomes));
        case 'mismatch':
          return refuse('idempotency_mismatch', 'idempotency_mismatch', {}, { field: 'key' });
        case 'under_way':
          return refuse(
            'idempotency_in_progress',
            'idempotency_in_progress',
            {},
            { retryAfterSeconds: 5 },
          );
        case 'begun': {
          const outcomes = await runLines(lines, { ...run, name }, deps);
          const { changed, unchanged, refused } = outcomes;
          await deps.bulk.end(name, outcomes, { changed, unchanged, refused }, by);
          return answer(200, outcomes);
        }
      }
    },
  );
}

function linesOf({
  changes,
  file,
  key,
  rehearse,
}: z.output<typeof bulkBody>): FileLine[] | Refusal {
  if ((changes === undefined) === (file === undefined)) {
    return refuseField('changes', 'a list here, or a text in file');
  }
  if (key === undefined && !rehearse) {
    return refuseField('key', 'a name of this change, so that a repetition changes nothing');
  }
  const lines =
    file === undefined
      ? (changes ?? []).map((value, index) => ({ line: index + 1, value }))
      : readBulkFile(file);
  const field = file === undefined ? 'changes' : 'file';
  return lines.length >= 1 && lines.length <= MOST_BULK_LINES
    ? lines
    : refuseField(field, `1 to ${MOST_BULK_LINES} lines`);
}

interface Run {
  by: Actor;
  how: How;
  language: Language;
  /** The name of the whole change; empty in a rehearsal. */
  name: string;
}

async function runLines(lines: FileLine[], run: Run, deps: AdminDeps): Promise<BulkWire> {
  const outcomes: BulkLineWire[] = [];
  const seen = new Map<string, number>();
  for (const line of lines) outcomes.push(await runLine(line, seen, run, deps));
  const count = (outcome: BulkLineWire['outcome']) =>
    outcomes.filter(each => each.outcome === outcome).length;
  return {
    rehearsed: run.how.rehearse === true,
    changed: count('changed'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    lines: outcomes,
  };
}

async function runLine(
  file: FileLine,
  seen: Map<string, number>,
  run: Run,
  deps: AdminDeps,
): Promise<BulkLineWire> {
  const { line } = file;
  const refused = (refusal: Refusal, license: string | null = null): BulkLineWire => ({
    line,
    license,
    outcome: 'refused',
    code: refusal.code,
    message: say(run.language, refusal.message),
    ...(refusal.field !== undefined && { field: refusal.field }),
  });
  if ('fault' in file) return refused(refuseField('line', file.fault));
  const read = validate(file.value, bulkLine);
  if (read.kind === 'refusal') return refused(read);
  const found = await findLicense(read.value.license, deps);
  if ('kind' in found) return refused(found);
  const { id } = found;
  const earlier = seen.get(id);
  if (earlier !== undefined) {
    const reason = `line ${earlier} is about the same license. Write one line, or send the other one later.`;
    return refused(refuse('conflict', 'conflict', { reason }), id);
  }
  seen.set(id, line);
  const done = await actOn(id, line, read.value, run, deps);
  if ('kind' in done) return refused(done, id);
  const { isChanged, before, after, consequences } = done;
  return {
    line,
    license: id,
    outcome: isChanged ? 'changed' : 'unchanged',
    ...(before && { before }),
    ...(after && { after }),
    ...(consequences && { consequences: renderConsequences(consequences, run.language) }),
  };
}

/** Finds a license by its id, or by an e-mail address with exactly one license that is not revoked. */
async function findLicense(
  name: string,
  { licenses }: AdminDeps,
): Promise<{ id: string } | Refusal> {
  if (!name.includes('@')) {
    const license = await licenses.details(name);
    return license ?? refuse('not_found', 'not_found', { what: 'license' }, { field: 'license' });
  }
  const page = await licenses.list({ email: name, limit: 10 });
  if (page.kind === 'refusal') return page;
  const [first, ...others] = page.rows.filter(({ status }) => status !== 'revoked');
  if (!first) return refuse('not_found', 'not_found', { what: 'license' }, { field: 'license' });
  if (others.length === 0) return first;
  const ids = [first, ...others].map(({ id }) => id).join(', ');
  const reason = `this e-mail address has several licenses: ${ids}. Name one by its id.`;
  return refuse('conflict', 'conflict', { reason }, { field: 'license' });
}

interface Done {
  isChanged: boolean;
  before?: AuditedState | null;
  after?: AuditedState | null;
  consequences?: Consequence[];
}

async function actOn(
  id: string,
  line: number,
  { license: _license, action, reason = '', grant, ...change }: z.output<typeof bulkLine>,
  { by, how, name }: Run,
  { licenses, grants, instantOf }: AdminDeps,
): Promise<Done | Refusal> {
  if (action === 'undo') return licenses.undo(id, by, how).then(doneOrRefusal);
  if (action) return licenses.transition(id, action, reason, by, how).then(doneOrRefusal);
  if (grant) {
    const digest = createHash('sha256').update(name).digest('hex');
    const grantId = name === '' ? undefined : uuidv5(`${digest} ${line}`, GRANT_NAMESPACE);
    const { expires_at, ...given } = grant;
    const expiresAt = await instantOf(expires_at);
    const wanted =
      'product' in given ? { ...given, reason } : { ...given, reason: reason || 'bulk' };
    const granted = await grants.grant(id, { ...wanted, expiresAt }, SOURCE, by, {
      rehearse: how.rehearse,
      id: grantId,
    });
    if (granted.kind === 'refusal') return granted;
    return { isChanged: true, ...(granted.after && { after: granted.after }) };
  }
  const changes = await changesIn(change, instantOf);
  return licenses.change(id, changes, by, how).then(doneOrRefusal);
}

function doneOrRefusal(changed: Refusal | ShownLicense): Done | Refusal {
  if (changed.kind === 'refusal') return changed;
  const { before, after, consequences } = changed;
  return { isChanged: after !== null, before, after, ...(consequences && { consequences }) };
}
