// Add-ons of a license: what is left of each, giving one, and taking back what is not used.

import { Group, Table, Text } from '@mantine/core';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Amount, Instant, useFormat } from '../../../ui/format.js';
import { providerName } from '../../../ui/providers.js';
import { WideTable } from '../../../ui/WideTable.js';
import { Action } from '../Action.js';
import { ask, type LicensePage, useMay } from '../ask.js';
import { Section } from '../Section.js';
import { GiveProduct, GiveUnits } from './Give.js';

const STATUSES = {
  active: 'grantActive',
  waiting: 'grantWaiting',
  used: 'grantUsed',
  revoked: 'grantRevoked',
  expired: 'grantExpired',
} as const;

export function Grants({ view }: { view: LicensePage }) {
  const t = useTexts('adminLicense');
  const may = useMay();
  const { dollars } = useFormat();
  const { license, grants } = view;
  const isMoney = view.usage.unit === 'microusd';
  return (
    <Section
      title={t('grants')}
      beside={
        may('operator') && (
          <Group gap="sm">
            <GiveProduct id={license.id} isMoney={isMoney} />
            <GiveUnits id={license.id} isMoney={isMoney} />
          </Group>
        )
      }
    >
      {grants.length === 0 ? (
        <Text c="dimmed">{t('noGrants')}</Text>
      ) : (
        <WideTable minWidthPx={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('product')}</Table.Th>
              <Table.Th>{t('left')}</Table.Th>
              <Table.Th>{t('state')}</Table.Th>
              <Table.Th>{t('source')}</Table.Th>
              <Table.Th>{t('since')}</Table.Th>
              <Table.Th>{t('until')}</Table.Th>
              <Table.Th aria-label={t('takeBack')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {grants.map(grant => (
              <Table.Tr key={grant.id}>
                <Table.Td>
                  {grant.provider === 'all' ? (
                    <bdi>{grant.product ?? t('money')}</bdi>
                  ) : (
                    <>
                      <bdi>{grant.product ?? t('units')}</bdi> ·{' '}
                      <bdi>{providerName(grant.provider)}</bdi>
                    </>
                  )}
                </Table.Td>
                <Table.Td>
                  <Amount value={grant.remaining} unit={grant.unit} /> /{' '}
                  <Amount value={grant.units} unit={grant.unit} />
                </Table.Td>
                <Table.Td>{t(STATUSES[grant.status])}</Table.Td>
                <Table.Td>
                  <bdi>
                    {grant.source === 'administrator' ? t('byAdministrator') : grant.source}
                  </bdi>
                </Table.Td>
                <Table.Td>
                  <Instant at={grant.created_at} withTime={false} />
                </Table.Td>
                <Table.Td>{grant.expires_at ? <Instant at={grant.expires_at} /> : '–'}</Table.Td>
                <Table.Td>
                  {may('operator') && ['active', 'waiting'].includes(grant.status) && (
                    <Action
                      label={t('takeBack')}
                      title={t('takeBackTitle')}
                      consequence={
                        grant.unit === 'microusd'
                          ? t('takeBackMoney', { amount: dollars(grant.remaining) })
                          : t('takeBackText', { count: grant.remaining })
                      }
                      isDangerous
                      isSmall
                      act={() =>
                        ask(() =>
                          api.DELETE('/admin/api/licenses/{id}/grants/{grant}', {
                            params: { path: { id: license.id, grant: grant.id } },
                          }),
                        )
                      }
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Section>
  );
}
