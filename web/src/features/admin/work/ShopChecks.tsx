// Tries what is set up for each shop, here and there. Only on request, because it calls the shops.

import { Alert, Button, Group, List } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { SHOPS } from '../../../api/lists.js';
import { useTexts } from '../../../messages/useTexts.js';
import { messageOf } from '../../../ui/messageOf.js';
import { ask } from '../ask.js';
import { Section } from '../Section.js';

function checkShop(shop: string) {
  return ask(() => api.GET('/admin/api/shops/{shop}/check', { params: { path: { shop } } }));
}
type Checked = Awaited<ReturnType<typeof checkShop>>;

export function ShopChecks() {
  const t = useTexts('adminWork');
  const [checked, setChecked] = useState<Checked | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const [fault, setFault] = useState('');
  const check = async (shop: string) => {
    setFault('');
    setChecked(null);
    setAsking(shop);
    try {
      setChecked(await checkShop(shop));
    } catch (error) {
      setFault(messageOf(error, t('noAnswer')));
    } finally {
      setAsking(null);
    }
  };
  return (
    <Section title={t('shops')} text={t('shopsText')}>
      <Group gap="sm">
        {SHOPS.map(shop => (
          <Button
            key={shop}
            variant="light"
            loading={asking === shop}
            onClick={() => void check(shop)}
          >
            {t('checkShop', { shop })}
          </Button>
        ))}
      </Group>
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
      {checked && (
        <Alert
          role="status"
          color={checked.ok ? 'teal' : 'orange'}
          title={t(checked.ok ? 'shopGood' : 'shopBad', { shop: checked.shop })}
        >
          <List>
            {checked.checks.map(({ name, ok, says }) => (
              <List.Item key={name}>
                {ok ? '✓' : '✗'} <bdi>{name}</bdi>: <bdi>{says}</bdi>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Section>
  );
}
