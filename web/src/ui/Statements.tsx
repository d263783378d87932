// The monthly statements of a license as files. The page reads them with the reader's credentials and saves them from
// memory: a plain link would need a key in its address.

import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { useFormat } from './format.js';
import { messageOf } from './messageOf.js';
import { saveFile } from './saveFile.js';
import { Failed, Loading } from './states.js';

const FORMATS = ['html', 'csv', 'json'] as const;
export type StatementFormat = (typeof FORMATS)[number];
const LABELS = {
  html: 'statementHtml',
  csv: 'statementCsv',
  json: 'statementJson',
} as const;

export interface StatementSource {
  /** Begins the names of the queries, and identifies the license. */
  queryKey: unknown[];
  months(): Promise<{ statements: Array<{ period: string; is_final: boolean }> }>;
  read(period: string, format: StatementFormat): Promise<Blob>;
}

export function Statements({ queryKey, months, read }: StatementSource) {
  const t = useTexts('ui');
  const { month } = useFormat();
  const [chosen, setChosen] = useState<string>();
  const { data, error, refetch } = useQuery({ queryKey, queryFn: months });
  const period = chosen ?? data?.statements[0]?.period ?? '';
  const saving = useMutation({
    mutationFn: async (format: StatementFormat) =>
      saveFile(`statement-${period}.${format}`, await read(period, format)),
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={2} />;
  return (
    <Stack gap="xs" className="no-print" data-testid="statements">
      <Text size="sm">{t('statementText')}</Text>
      <Group align="end">
        <NativeSelect
          label={t('statementMonth')}
          value={period}
          onChange={event => setChosen(event.currentTarget.value)}
          data={data.statements.map(({ period: value, is_final }) => ({
            value,
            label: is_final ? month(value) : t('statementRunning', { period: month(value) }),
          }))}
        />
        {FORMATS.map(format => (
          <Button
            key={format}
            variant="default"
            loading={saving.isPending && saving.variables === format}
            onClick={() => saving.mutate(format)}
            data-testid={`statement-${format}`}
          >
            {t(LABELS[format])}
          </Button>
        ))}
      </Group>
      {saving.error && (
        <Text role="alert" c="var(--mantine-color-error)">
          {messageOf(saving.error, t('offlineTitle'))}
        </Text>
      )}
    </Stack>
  );
}
