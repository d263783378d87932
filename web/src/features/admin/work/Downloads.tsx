// All licenses, requests or purchases as a file, and the copy of the whole database.

import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { EXPORTED } from '../../../api/lists.js';
import { useTexts } from '../../../messages/useTexts.js';
import { messageOf } from '../../../ui/messageOf.js';
import { saveFile } from '../../../ui/saveFile.js';
import { Action } from '../Action.js';
import { ask, useMay } from '../ask.js';
import { Section } from '../Section.js';

const FORMATS = ['csv', 'jsonl'] as const;
type Content = (typeof EXPORTED)[number];
type Format = (typeof FORMATS)[number];
const LABELS = {
  requests: 'exportRequests',
  licenses: 'exportLicenses',
  purchases: 'exportPurchases',
  csv: 'exportSheet',
  jsonl: 'exportLines',
} as const;

export function Downloads() {
  const t = useTexts('adminWork');
  const may = useMay();
  const [content, setContent] = useState<Content>('requests');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const saving = useMutation({
    mutationFn: async (format: Format) => {
      const file = `${content}.${format}` as const;
      const query = { ...(from && { from }), ...(to && { to }) };
      const params = { path: { file }, query };
      const read = () => api.GET('/admin/api/exports/{file}', { params, parseAs: 'blob' });
      saveFile(file, await ask(read));
    },
  });
  const saveBackup = async () => {
    const read = () => api.GET('/admin/api/backup', { parseAs: 'blob' });
    saveFile(`backup-${new Date().toISOString().slice(0, 10)}.gz`, await ask(read));
  };
  return (
    <Section title={t('downloads')} text={t('downloadsText')} testId="downloads">
      <Group align="end" gap="sm">
        <NativeSelect
          label={t('exportWhat')}
          value={content}
          onChange={({ currentTarget: { value } }) =>
            setContent(EXPORTED.find(each => each === value) ?? 'requests')
          }
          data={EXPORTED.map(value => ({ value, label: t(LABELS[value]) }))}
        />
        <TextInput
          type="date"
          label={t('firstDay')}
          value={from}
          onChange={event => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('lastDay')}
          value={to}
          onChange={event => setTo(event.currentTarget.value)}
        />
        {FORMATS.map(format => (
          <Button
            key={format}
            variant="default"
            loading={saving.isPending && saving.variables === format}
            onClick={() => saving.mutate(format)}
            data-testid={`export-${format}`}
          >
            {t(LABELS[format])}
          </Button>
        ))}
      </Group>
      {saving.error && (
        <Text role="alert" c="red">
          {messageOf(saving.error, t('noAnswer'))}
        </Text>
      )}
      {may('owner') && (
        <Stack align="start">
          <Action
            label={t('backup')}
            title={t('backup')}
            consequence={t('backupText')}
            act={saveBackup}
            testId="backup"
          />
        </Stack>
      )}
    </Section>
  );
}
