// Explains a provider's balance: every change of the month, each with the sum after it.

import { SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { withNamesIsolated } from '../../../messages/say.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Amount, ShortInstant, useFormat } from '../../../ui/format.js';
import { PROVIDERS, type Provider, providerName } from '../../../ui/providers.js';
import { Failed, Loading } from '../../../ui/states.js';
import { WideTable } from '../../../ui/WideTable.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';

/** `unit`: of the license's quota. Money is one balance, whichever provider is asked for. */
export function BalanceLines({ id, unit }: { id: string; unit: string | undefined }) {
  const t = useTexts('adminLicense');
  const { dollars } = useFormat();
  const isMoney = unit === 'microusd';
  const [provider, setProvider] = useState<Provider>(PROVIDERS[0]);
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'balance', id, provider, document.documentElement.lang],
    queryFn: () => {
      const params = { path: { id }, query: { provider } };
      return ask(() => api.GET('/admin/api/licenses/{id}/balance', { params }));
    },
  });
  return (
    <Section
      title={t('explained')}
      testId="balance"
      beside={
        !isMoney && (
          <SegmentedControl
            aria-label={t('provider')}
            value={provider}
            onChange={setProvider}
            data={PROVIDERS.map(value => ({ value, label: providerName(value) }))}
          />
        )
      }
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <>
          <WideTable minWidthPx={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('when')}</Table.Th>
                <Table.Th>{t('what')}</Table.Th>
                <Table.Th>{t('change')}</Table.Th>
                <Table.Th>{t('sum')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.lines.map(({ at, what, code, units, sum }, place) => (
                <Table.Tr key={`${at} ${code} ${String(place)}`}>
                  <Table.Td>
                    <ShortInstant at={at} />
                  </Table.Td>
                  <Table.Td>{withNamesIsolated(what)}</Table.Td>
                  <Table.Td>
                    <Amount value={units} unit={data.unit} />
                  </Table.Td>
                  <Table.Td>
                    <Amount value={sum} unit={data.unit} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
          <Text size="sm" c="dimmed" mt="xs">
            {t('leftNow', { balance: isMoney ? dollars(data.balance) : data.balance })}
          </Text>
        </>
      )}
    </Section>
  );
}
