import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { refuse } from '../../domain/refusal.js';
import type { ExportTable } from '../../store/reports/exports.js';
import { csvLines } from '../kernel/csv.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { renderUsageRow } from '../licenseView.js';
import { usageAnswer } from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { daysQuery, salesQuery, usageQuery } from './schemas.js';
import { refusalsAnswer, salesAnswer } from './wire.js';

/** Where the requests of all licenses went, and everything as files. */
export function usageEndpoints({ usageTotals, salesReport, exports }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/usage',
        summary:
          'Charged requests, tokens and upstream cost, by day, model, provider, plan or license',
        access: 'viewer',
        query: usageQuery,
        answers: { 200: usageAnswer },
      },
      async ({ answer, query }) => {
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
        summary: 'Refused chats by day, code and reason',
        access: 'viewer',
        query: daysQuery,
        answers: { 200: refusalsAnswer },
      },
      async ({ answer, query }) => answer(200, await usageTotals.refusals(query)),
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/exports/{file}',
        summary: 'All licenses, requests or purchases, as .csv or .jsonl',
        access: 'viewer',
        answers: { 200: { mediaType: 'text/csv, application/jsonl' } },
      },
      async ({ response, params }) => {
        const [, name = '', format] = /^([a-z]+)\.(csv|jsonl)$/.exec(params.file as string) ?? [];
        const table = Object.hasOwn(exports, name) ? exports[name] : undefined;
        if (!table) return refuse('not_found', 'not_found', { what: 'export' });
        await sendTable(response, `${name}.${format}`, table, format === 'csv');
        return null;
      },
    ),
  ];
}

async function sendTable(
  response: Response,
  file: string,
  table: ExportTable,
  isCsv: boolean,
): Promise<void> {
  response.setHeader('Content-Type', isCsv ? 'text/csv; charset=utf-8' : 'application/jsonl');
  response.setHeader('Content-Disposition', `attachment; filename="${file}"`);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // A client that leaves ends the reading too; one that is slow slows it down.
  await pipeline(Readable.from(isCsv ? csvLines(table) : jsonLines(table)), response).catch(
    error => {
      if (!response.destroyed) throw error;
    },
  );
}

async function* jsonLines(table: ExportTable): AsyncGenerator<string> {
  for await (const piece of table.rows()) {
    yield piece.map(row => `${JSON.stringify(row)}\n`).join('');
  }
}
