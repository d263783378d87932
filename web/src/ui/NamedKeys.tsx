// The keys of a license beside its master key, such as one for each bot: made, limited, replaced and withdrawn one by
// one. A secret is shown once.

import { Alert, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { Action } from './Action.js';
import { CopyField } from './CopyField.js';
import { Amount, Instant, ShortInstant } from './format.js';
import { GraceSelect, USUAL_GRACE_SECONDS } from './GraceSelect.js';
import { KeyFields, useKeyValues } from './KeyFields.js';
import { shownUsage } from './keyUsage.js';
import type { KeyBody, NamedKey } from './namedKey.js';
import { Failed, Loading } from './states.js';
import { type KeyList, useNamedKeys } from './useNamedKeys.js';
import { WideTable } from './WideTable.js';

export interface KeySource extends KeyList {
  /** The plan sells money: limits are entered as dollars. */
  isMoney: boolean;
  /** Otherwise the keys are only shown. */
  mayChange: boolean;
  /** The license key that the page was opened with. A named one changes nothing. */
  openedWith: string | null;
  make(body: KeyBody): Promise<{ secret: string }>;
  change(id: string, body: KeyBody): Promise<unknown>;
  rotate(
    id: string,
    graceSeconds: number,
  ): Promise<{ secret: string; previous_key_valid_until: string | null }>;
  withdraw(id: string): Promise<unknown>;
}

interface Secret {
  secret: string;
  previous_key_valid_until?: string | null;
}

export function NamedKeys({ source: given }: { source: KeySource }) {
  const t = useTexts('namedKeys');
  const [shown, setShown] = useState<Secret | null>(null);
  const { data, error, refetch } = useNamedKeys(given);
  const changed = async (secret: Secret | null) => {
    setShown(secret);
    await refetch();
  };
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={2} />;
  const { openedWith } = given;
  const opener = data.find(key => openedWith !== null && isSecretOf(key, openedWith));
  const source = { ...given, mayChange: given.mayChange && !opener };
  return (
    <Stack gap="md" data-testid="named-keys">
      {opener && <Alert>{t('openedWith', { name: opener.name })}</Alert>}
      {shown && (
        <Stack gap="sm" role="status">
          <Text fw={600}>{t('secretOnce')}</Text>
          <CopyField value={shown.secret} label={t('secret')} testId="named-secret" />
          {shown.previous_key_valid_until && (
            <Alert>
              {t('oldSecretEnds')} <Instant at={shown.previous_key_valid_until} />
            </Alert>
          )}
        </Stack>
      )}
      {data.length === 0 ? (
        <Text c="dimmed">{t('none')}</Text>
      ) : (
        <KeyTable keys={data} source={source} changed={changed} />
      )}
      {source.mayChange && <MakeKey source={source} changed={changed} />}
    </Stack>
  );
}

function isSecretOf({ key_prefix, key_last4 }: NamedKey, secret: string): boolean {
  return secret.startsWith(key_prefix) && secret.endsWith(key_last4);
}

interface KeysProps {
  source: KeySource;
  changed(secret: Secret | null): Promise<void>;
}

/** What a narrow column must not break. */
const WHOLE = { whiteSpace: 'nowrap' } as const;

function KeyTable({ keys, source, changed }: KeysProps & { keys: NamedKey[] }) {
  const t = useTexts('namedKeys');
  return (
    <WideTable minWidthPx={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('name')}</Table.Th>
          <Table.Th>{t('usedThisMonth')}</Table.Th>
          <Table.Th>{t('perMinute')}</Table.Th>
          <Table.Th>{t('lastUsed')}</Table.Th>
          <Table.Th aria-label={t('actions')} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map(key => (
          <Table.Tr key={key.id} data-testid="named-key">
            <Table.Td>
              <bdi>{key.name}</bdi>{' '}
              <code style={WHOLE}>
                {key.key_prefix}…{key.key_last4}
              </code>
            </Table.Td>
            <Table.Td>
              {shownUsage(key, source.isMoney).map(({ name, used, limit, unit }) => (
                <div key={name} style={WHOLE}>
                  {!source.isMoney && (
                    <>
                      <bdi>{name}</bdi>:{' '}
                    </>
                  )}
                  <Amount value={used} unit={unit} />
                  {limit !== null && (
                    <>
                      {' / '}
                      <Amount value={limit} unit={unit} />
                    </>
                  )}
                </div>
              ))}
            </Table.Td>
            <Table.Td>
              {key.rate_limit === null ? '–' : <Amount value={key.rate_limit} unit="request" />}
            </Table.Td>
            <Table.Td>
              {key.last_used_at === null ? t('never') : <ShortInstant at={key.last_used_at} />}
            </Table.Td>
            <Table.Td>
              {key.withdrawn_at !== null ? (
                <Text size="sm" c="dimmed">
                  {t('withdrawn')} <Instant at={key.withdrawn_at} withTime={false} />
                </Text>
              ) : (
                source.mayChange && <KeyActions named={key} source={source} changed={changed} />
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function MakeKey({ source, changed }: KeysProps) {
  const t = useTexts('namedKeys');
  const form = useKeyValues(null, source.isMoney);
  return (
    <div>
      <Action
        label={t('make')}
        title={t('makeTitle')}
        consequence={t('makeText')}
        begin={form.reset}
        act={async () => changed(await source.make(form.body()))}
        testId="make-key"
      >
        <KeyFields form={form} isMoney={source.isMoney} />
      </Action>
    </div>
  );
}

function KeyActions({ named, source, changed }: KeysProps & { named: NamedKey }) {
  const t = useTexts('namedKeys');
  const { id, name } = named;
  const form = useKeyValues(named, source.isMoney);
  const [seconds, setSeconds] = useState(USUAL_GRACE_SECONDS);
  return (
    <Group gap="xs" wrap="nowrap">
      <Action
        label={t('change')}
        title={t('changeTitle', { name })}
        consequence={t('changeText')}
        isSmall
        begin={form.reset}
        act={async () => {
          await source.change(id, form.body());
          await changed(null);
        }}
      >
        <KeyFields form={form} isMoney={source.isMoney} />
      </Action>
      <Action
        label={t('replace')}
        title={t('replaceTitle', { name })}
        consequence={t('replaceText')}
        isDangerous={seconds === 0}
        isSmall
        act={async () => changed(await source.rotate(id, seconds))}
      >
        <GraceSelect seconds={seconds} choose={setSeconds} />
      </Action>
      <Action
        label={t('withdraw')}
        title={t('withdrawTitle', { name })}
        consequence={t('withdrawText')}
        isDangerous
        isSmall
        act={async () => {
          await source.withdraw(id);
          await changed(null);
        }}
      />
    </Group>
  );
}
