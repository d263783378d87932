// What a job did, in words.

import { Text } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import { Count, Instant, useFormat } from '../../../ui/format.js';
import { providerName } from '../../../ui/providers.js';
import { linesOf, type ResultLine } from './resultLines.js';

/** Each is the name of its text. */
const WORDS = [
  'applied',
  'shops',
  'expired',
  'asked',
  'completed',
  'failed',
  'written',
  'removed',
  'holds',
  'sessions',
  'claims',
  'changes',
  'turns',
  'refusals',
  'responses',
  'purchase_events',
  'links',
  'media_files',
  'videos',
  'tried',
  'refreshed',
  'orders',
  'disabled_webhooks',
  'missing_webhooks',
  'is_unfinished',
  'skipped',
  'silent_shops',
  'silent_hours',
  'since',
  'allowances',
  'expiring',
  'sent',
  'notices',
  'delivered',
  'retried',
  'providers',
  'listed',
  'missing',
  'retiring',
  'on',
  'error',
] as const;
type Word = (typeof WORDS)[number];
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

export function JobResult({ result }: { result: unknown }) {
  const t = useTexts('adminJobs');
  const lines = linesOf(result);
  if (lines.length === 0) return <Text size="sm">{t('didNothing')}</Text>;
  return lines.map(({ path, value }) => (
    <Text key={`${path} ${value}`} size="sm" component="div">
      {path.map((part, at) => (
        <span key={part}>
          {at > 0 && ' · '}
          <bdi>{isWord(part) ? t(part) : providerName(part)}</bdi>
        </span>
      ))}
      {value !== '' && ': '}
      <Value value={value} />
    </Text>
  ));
}

function Value({ value }: Pick<ResultLine, 'value'>) {
  const { day } = useFormat();
  if (typeof value === 'number') return <Count value={value} />;
  if (INSTANT.test(value)) return <Instant at={value} />;
  return <bdi>{DAY.test(value) ? day(value) : value}</bdi>;
}

function isWord(part: string): part is Word {
  return WORDS.some(word => word === part);
}
