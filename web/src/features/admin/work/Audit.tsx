// Every change, with who made it and from where.

import { Anchor, Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../../../api/client.js';
import type { operations } from '../../../api/generated/schema.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Column } from '../../../ui/DataTable.js';
import { Instant, ShortInstant } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { Page } from '../../../ui/Page.js';
import { ask } from '../ask.js';
import { Difference } from '../Difference.js';
import { EventName, useEventName } from '../EventName.js';
import { PagedTable, usePages } from '../PagedTable.js';

type Query = NonNullable<operations['get_admin_api_audit']['parameters']['query']>;
type Action = NonNullable<Query['action']>;
/** All that the service knows: another one does not compile, and neither does one that is left out. */
const ACTIONS: Record<Action, true> = {
  'license.issue': true,
  'license.change': true,
  'license.undo': true,
  'license.bulk': true,
  'license.suspend': true,
  'license.reinstate': true,
  'license.revoke': true,
  'license.expire': true,
  'license.plan-ended': true,
  'license.limits-ended': true,
  'license.rotate': true,
  'license.reveal': true,
  'license.send-key': true,
  'license.purchase': true,
  'key.create': true,
  'key.change': true,
  'key.rotate': true,
  'key.withdraw': true,
  'grant.give': true,
  'grant.withdraw': true,
  'grant.ended': true,
  'code.create': true,
  'code.redeem': true,
  'code.withdraw': true,
  'purchase.assign': true,
  'purchase.settle': true,
  'administrator.create': true,
  'administrator.change': true,
  'administrator.own-password': true,
  'administrator.second-factor': true,
  'token.create': true,
  'token.revoke': true,
  'webhook_endpoint.create': true,
  'webhook_endpoint.change': true,
  'webhook_endpoint.remove': true,
  'notice.redeliver': true,
  'catalog.reload': true,
  'backup.make': true,
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAUSE_MS = 300;

async function readEntries(query: { action?: Action; subject?: string; cursor?: string }) {
  const params = { query: { limit: 200, ...query } };
  const { entries, next_cursor } = await ask(() => api.GET('/admin/api/audit', { params }));
  return { rows: entries, next: next_cursor };
}
type Entry = Awaited<ReturnType<typeof readEntries>>['rows'][number];

export default function Audit() {
  const t = useTexts('adminWork');
  const eventName = useEventName();
  const [action, setAction] = useState<Action | ''>('');
  const [subject, setSubject] = useState('');
  const [opened, setOpened] = useState<Entry | null>(null);
  const [asked] = useDebouncedValue(subject.trim(), PAUSE_MS);
  const filter = {
    ...(action !== '' && { action }),
    ...(asked !== '' && { subject: UUID.test(asked) ? `license:${asked}` : asked }),
  };
  const pages = usePages(['audit', filter], cursor => readEntries({ ...filter, ...cursor }));
  const columns: Column<Entry>[] = [
    { key: 'at', title: t('when'), width: 2, cell: ({ at }) => <ShortInstant at={at} /> },
    { key: 'actor', title: t('actor'), width: 1.6, cell: ({ actor }) => <bdi>{actor}</bdi> },
    {
      key: 'action',
      title: t('action'),
      width: 1.8,
      cell: entry => (
        <span title={entry.action}>
          <EventName name={entry.action} />
        </span>
      ),
    },
    {
      key: 'subject',
      title: t('subject'),
      width: 2,
      cell: entry => <Subject name={entry.subject} />,
    },
    {
      key: 'details',
      title: t('details'),
      width: 0.9,
      cell: entry => (
        <Button size="compact-sm" variant="subtle" onClick={() => setOpened(entry)}>
          {t('details')}
        </Button>
      ),
    },
  ];
  return (
    <Page title={t('auditTitle')}>
      <Stack gap="md" data-testid="audit">
        <Group gap="md" align="end">
          <NativeSelect
            label={t('action')}
            value={action}
            onChange={event => setAction(event.currentTarget.value as Action | '')}
            data={[
              { value: '', label: t('all') },
              ...Object.keys(ACTIONS).map(value => ({ value, label: eventName(value) })),
            ]}
          />
          <TextInput
            label={t('subject')}
            placeholder={t('subjectText')}
            value={subject}
            onChange={event => setSubject(event.currentTarget.value)}
            attributes={OWN_DIRECTION}
            w={{ base: '100%', sm: '24rem' }}
          />
        </Group>
        <PagedTable
          label={t('auditTitle')}
          empty={t('noEntries')}
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
        />
      </Stack>
      <Modal
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={opened && <EventName name={opened.action} />}
        closeButtonProps={{ 'aria-label': t('close') }}
        radius="lg"
        size="lg"
      >
        {opened && (
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              <Instant at={opened.at} /> · <bdi>{opened.actor}</bdi> · <bdi>{opened.address}</bdi>
            </Text>
            <div>
              <Subject name={opened.subject} />
            </div>
            <Difference before={opened.before} after={opened.after} />
          </Stack>
        )}
      </Modal>
    </Page>
  );
}

function Subject({ name }: { name: string }) {
  const [, license] = /^license:(.+)$/.exec(name) ?? [];
  if (!license) return <bdi>{name}</bdi>;
  return (
    <Anchor component={Link} href={`/admin/licenses/${license}`}>
      <span className="ltr">license:…{license.slice(-8)}</span>
    </Anchor>
  );
}
