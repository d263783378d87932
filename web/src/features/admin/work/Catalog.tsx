// The present catalogue, and activating changed files after their check.

import { Alert, Button, Group, List, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { type Column, DataTable } from '../../../ui/DataTable.js';
import { messageOf } from '../../../ui/messageOf.js';
import { Page } from '../../../ui/Page.js';
import { Failed, Loading } from '../../../ui/states.js';
import { Action } from '../Action.js';
import { ADMIN, ask, useMay } from '../ask.js';
import { Section } from '../Section.js';

type Row = Record<string, unknown>;

export default function Catalog() {
  const t = useTexts('adminWork');
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'catalog'],
    queryFn: () => ask(() => api.GET('/admin/api/catalog')),
  });
  return (
    <Page title={t('catalogTitle')}>
      <Stack gap="lg">
        <Check />
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Loading />
        ) : (
          <>
            <Rows
              title={t('plans')}
              rows={data.plans}
              name="code"
              fields={['code', 'rank', 'allowances', 'wallet']}
            />
            <Rows
              title={t('products')}
              rows={data.products}
              name="id"
              fields={['id', 'kind', 'plan', 'term', 'provider', 'units', 'lasts', 'shops']}
            />
            <Rows
              title={t('models')}
              rows={data.models}
              name="id"
              fields={['id', 'provider', 'minimumPlan', 'units', 'upstreamId', 'kind']}
            />
          </>
        )}
      </Stack>
    </Page>
  );
}

interface RowsProps {
  title: string;
  rows: Row[];
  /** The field that identifies a row. */
  name: string;
  fields: string[];
}

/** Shows rows with the field names of the files. Fields that no row has are left out. */
function Rows({ title, rows, name, fields }: RowsProps) {
  const shown = fields.filter(field => rows.some(row => textOf(row[field]) !== '–'));
  const columns: Column<Row>[] = shown.map(field => ({
    key: field,
    title: field,
    width: field === name || field === 'upstreamId' ? 2 : 1,
    cell: row => (
      <span className="ltr" title={textOf(row[field])}>
        {textOf(row[field])}
      </span>
    ),
  }));
  return (
    <Section title={title}>
      <DataTable
        label={title}
        columns={columns}
        rows={rows}
        keyOf={row => textOf(row[name])}
        heightPx={360}
      />
    </Section>
  );
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function Check() {
  const t = useTexts('adminWork');
  const may = useMay();
  const [found, setFound] = useState<{ faults: string[]; changed: boolean } | null>(null);
  const [fault, setFault] = useState('');
  const check = async () => {
    setFault('');
    try {
      setFound(await ask(() => api.POST('/admin/api/catalog/validate')));
    } catch (error) {
      setFault(messageOf(error, t('noAnswer')));
    }
  };
  return (
    <Section title={t('files')} text={t('filesText')}>
      <Group gap="sm">
        <Button variant="light" onClick={() => void check()} data-testid="validate">
          {t('check')}
        </Button>
        {may('owner') && (
          <Action
            label={t('reload')}
            title={t('reloadTitle')}
            consequence={t('reloadText')}
            act={() => ask(() => api.POST('/admin/api/catalog/reload'))}
            testId="reload"
          />
        )}
      </Group>
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
      {found && (
        <Alert
          role="status"
          color={found.faults.length > 0 ? 'red' : 'teal'}
          title={t(
            found.faults.length > 0 ? 'hasFaults' : found.changed ? 'isChanged' : 'isUnchanged',
          )}
        >
          {found.faults.length > 0 && (
            <List>
              {found.faults.map(each => (
                <List.Item key={each}>
                  <bdi>{each}</bdi>
                </List.Item>
              ))}
            </List>
          )}
        </Alert>
      )}
    </Section>
  );
}
