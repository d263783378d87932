// Builds what becomes of the reports of requests: lines in the log, metrics, and the refusals that administrators and
// holders can look up.

import type { Logger } from 'pino';
import { keptParameters, keptText } from '../domain/keptRefusal.js';
import { hasValidForm } from '../domain/key.js';
import type { ObserveDeps, RefusedChat } from '../http/kernel/observe.js';
import type { Metrics } from '../metrics.js';
import type { PrismaClient } from '../store/generated/client.js';
import { createRefusalCounts } from '../store/reports/refusalCounts.js';
import { createRefusalLog } from '../store/reports/refusalLog.js';
import { createRefusalWriter, type NotedRefusal } from '../store/reports/refusalWriter.js';
import { createUsageTotals } from '../store/reports/usageTotals.js';
import type { KeyVault } from '../store/secrets/keyVault.js';

interface ReportingSettings {
  timeZone: string;
  vault: KeyVault;
  requestLog: Pick<Logger, 'info'>;
  metrics: Pick<Metrics, 'chat' | 'refusalNotKept'>;
}

export function buildReporting(
  prisma: PrismaClient,
  { timeZone, vault, requestLog, metrics }: ReportingSettings,
) {
  const usageTotals = createUsageTotals(prisma, timeZone);
  const refusalCounts = createRefusalCounts(usageTotals);
  const refusalLog = createRefusalLog(prisma, timeZone);
  const refusalWriter = createRefusalWriter(prisma, {
    digestOf: vault.digest,
    notKept: metrics.refusalNotKept,
  });
  const reportRequest: ObserveDeps['reportRequest'] = seen => {
    requestLog.info(seen, 'request');
    const { dialect, provider, outcome, code, reason } = seen;
    if (dialect === undefined) return;
    metrics.chat({
      dialect,
      provider: provider ?? 'none',
      outcome: code ?? (outcome === 'client_left' ? outcome : 'success'),
      reason: reason ?? (outcome === 'client_left' ? outcome : 'success'),
    });
    if (code !== undefined && reason !== undefined) {
      refusalCounts.count({ dialect, provider: provider ?? '', code, reason });
    }
  };
  return {
    usageTotals,
    refusalCounts,
    refusalLog,
    refusalWriter,
    reportRequest,
    reportRefused(refused: RefusedChat, isKnown: (key: string) => boolean): void {
      const noted = notedRefusal(refused, isKnown);
      if (noted) refusalWriter.note(noted);
    },
    async close(): Promise<void> {
      await refusalCounts.close();
      await refusalWriter.close();
    },
  };
}

/** Null for a refusal that concerns no license. */
function notedRefusal(
  { key, model, refusal, requestId, dialect, provider }: RefusedChat,
  isKnown: (key: string) => boolean,
): NotedRefusal | null {
  if (key === undefined || !hasValidForm(key)) return null;
  return {
    requestId,
    key,
    isKnown: isKnown(key),
    dialect,
    provider,
    model: model === undefined ? null : keptText(model),
    code: refusal.code,
    reason: refusal.message.key,
    parameters: keptParameters(refusal),
  };
}
