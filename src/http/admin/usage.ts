import { EXPORTED, type Exported } from '../../domain/exported.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { ExportTable } from '../../store/reports/exports.js';
import { csvLines } from '../kernel/csv.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { sendStreamed } from '../kernel/streamed.js';
import { renderUsageRow } from '../licenseView.js';
import { usageAnswer } from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { exportQuery, refusalTotalsQuery, salesQuery, usageQuery } from './schemas.js';
import { refusalsAnswer, salesAnswer } from './wire.js';

const FILES = EXPORTED.flatMap(name => [`${name}.csv`, `${name}.jsonl`]);

/** Reports about the requests of all licenses, and exports as files. */
export function usageEndpoints(deps: AdminDeps): Endpoint[] {
  const { usageTotals, refusalLog, salesReport, exports } = deps;
  const isUnknown = async (license: string | undefined) =>
    license !== undefined && (await deps.licenses.details(license)) === null;
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/usage',
        summary:
          'Charged requests, tokens and upstream cost, by day, model, provider, plan, license, key or user',
        access: 'viewer',
        query: usageQuery,
        answers: { 200: usageAnswer },
      },
      async ({ answer, query }) => {
        if (await isUnknown(query.license)) return unknownLicense();
        const { from, to, rows } = await usageTotals.totals(query);
        return answer(200, { from, to, group: query.group, rows: rows.map(renderUsageRow) });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/usage/sales',
        summary: 'Upstream cost beside what buyers paid, by day, month, plan, license or order',
        access: 'viewer',
        query: salesQuery,
        answers: { 200: salesAnswer },
      },
      async ({ answer, query }) => {
        const { from, to, rows } = await salesReport.read(query);
        const shown = rows.map(({ key, costMicrousd, sold, leftOut }) => ({
          key,
          cost_microusd: costMicrousd,
          sold,
          ...(leftOut > 0 && { left_out: leftOut }),
        }));
        return answer(200, { from, to, group: query.group, rows: shown });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/usage/refusals',
        summary:
          'Refused chats by day, code and reason; of one license as far as its refusals are kept',
        access: 'viewer',
        query: refusalTotalsQuery,
        answers: { 200: refusalsAnswer },
      },
      async ({ answer, query }) => {
        const { license, ...days } = query;
        if (await isUnknown(license)) return unknownLicense();
        return answer(
          200,
          license === undefined
            ? await usageTotals.refusals(days)
            : await refusalLog.totals(license, days),
        );
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/exports/{file}',
        summary:
          'All licenses, requests or purchases, or those of one license or of some days, as .csv or .jsonl',
        access: 'viewer',
        choices: { file: FILES },
        query: exportQuery,
        answers: { 200: { mediaType: 'text/csv, application/jsonl' } },
      },
      async ({ response, params, query }) => {
        const file = FILES.find(each => each === params.file);
        if (!file) return refuse('not_found', 'export_not_found', { files: FILES.join(', ') });
        if (await isUnknown(query.license)) return unknownLicense();
        const [name, format] = file.split('.') as [Exported, string];
        const table = exports[name];
        const rows = () => table.rows(query);
        const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl';
        const lines = format === 'csv' ? csvLines : jsonLines;
        await sendStreamed(response, { type, file }, lines({ ...table, rows }));
        return null;
      },
    ),
  ];
}

function unknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}

async function* jsonLines(table: ExportTable): AsyncGenerator<string> {
  for await (const piece of table.rows()) {
    yield piece.map(row => `${JSON.stringify(row)}\n`).join('');
  }
}
