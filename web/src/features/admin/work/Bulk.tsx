// Changes of many licenses from a file. It is rehearsed first: each line says what it would do.

import { Alert, Button, FileButton, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { type Column, DataTable } from '../../../ui/DataTable.js';
import { Count } from '../../../ui/format.js';
import { messageOf } from '../../../ui/messageOf.js';
import { newId } from '../../../ui/newId.js';
import { Page } from '../../../ui/Page.js';
import { Action } from '../Action.js';
import { ask } from '../ask.js';
import { Difference } from '../Difference.js';
import { Section } from '../Section.js';

const EXAMPLE = 'license,plan,plan_until\nbuyer@example.com,vip,2027-01-31\n';

function send(body: { file: string; rehearse?: boolean; confirm?: boolean; key?: string }) {
  return ask(() => api.POST('/admin/api/licenses/bulk', { body }));
}
type Outcome = Awaited<ReturnType<typeof send>>;
type Line = Outcome['lines'][number];

export default function Bulk() {
  const t = useTexts('adminWork');
  const [file, setFile] = useState('');
  const [answered, setAnswered] = useState<{ file: string; outcome: Outcome } | null>(null);
  /** The change's name: new for each text. So a text that is sent again after a lost answer has its effect once. */
  const [key, setKey] = useState('');
  const forgetChosen = useRef<() => void>(null);
  const rehearsing = useMutation({
    mutationFn: async () => {
      setAnswered({ file, outcome: await send({ file, rehearse: true }) });
    },
  });
  const edit = (text: string) => {
    setFile(text);
    setKey(newId());
  };
  const change = async () => {
    setAnswered({ file, outcome: await send({ file, key, confirm: true }) });
    setKey(newId());
  };
  // The text may have been edited while its rehearsal was under way.
  const outcome = answered?.file === file ? answered.outcome : null;
  return (
    <Page title={t('bulkTitle')} isBare>
      <Section title={t('bulkTitle')} text={t('bulkText')} testId="bulk">
        <Textarea
          label={t('bulkLines')}
          placeholder={EXAMPLE}
          value={file}
          onChange={event => edit(event.currentTarget.value)}
          autosize
          minRows={6}
          maxRows={20}
          dir="ltr"
          spellCheck={false}
          data-testid="bulk-lines"
        />
        <Group gap="sm">
          <FileButton
            accept=".csv,.jsonl,.json,.txt"
            resetRef={forgetChosen}
            onChange={chosen => {
              void chosen?.text().then(edit);
              // Reset, so that the same file can be chosen again after it was corrected.
              forgetChosen.current?.();
            }}
          >
            {props => (
              <Button variant="default" {...props}>
                {t('chooseFile')}
              </Button>
            )}
          </FileButton>
          <Button
            onClick={() => rehearsing.mutate()}
            loading={rehearsing.isPending}
            disabled={file.trim() === ''}
            data-testid="rehearse"
          >
            {t('rehearse')}
          </Button>
          {outcome?.rehearsed && outcome.changed > 0 && (
            <Action
              label={t('bulkChange', { count: outcome.changed })}
              title={t('bulkChangeTitle')}
              consequence={t('bulkChangeText', { count: outcome.changed })}
              isDangerous
              act={change}
              testId="bulk-change"
            />
          )}
        </Group>
        {rehearsing.error && (
          <Alert color="red" role="alert">
            {messageOf(rehearsing.error, t('noAnswer'))}
          </Alert>
        )}
        {outcome && <Shown outcome={outcome} />}
      </Section>
    </Page>
  );
}

const OUTCOMES = {
  changed: 'lineChanged',
  unchanged: 'lineUnchanged',
  refused: 'lineRefused',
} as const;

function Shown({ outcome }: { outcome: Outcome }) {
  const t = useTexts('adminWork');
  const { rehearsed, changed, unchanged, refused, lines } = outcome;
  const columns: Column<Line>[] = [
    { key: 'line', title: t('line'), width: 0.6, cell: ({ line }) => <Count value={line} /> },
    {
      key: 'outcome',
      title: t('state'),
      width: 1.2,
      cell: each =>
        t(rehearsed && each.outcome === 'changed' ? 'lineWould' : OUTCOMES[each.outcome]),
    },
    {
      key: 'says',
      title: t('details'),
      width: 4,
      cell: ({ message, before, after, consequences = [] }) => (
        <>
          <Difference before={before} after={after} />
          <span dir="auto">{message ?? consequences.map(each => each.message).join(' ')}</span>
        </>
      ),
    },
  ];
  return (
    <Stack gap="sm" role="status" data-testid="bulk-outcome">
      <Text fw={600}>
        {t(rehearsed ? 'bulkWould' : 'bulkDone', { changed, unchanged, refused })}
      </Text>
      <DataTable
        label={t('bulkTitle')}
        columns={columns}
        rows={lines}
        keyOf={({ line }) => String(line)}
        hasLongCells
      />
    </Stack>
  );
}
