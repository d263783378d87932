// Tries what is set up for each shop, here and there. Only on request, because it calls the shops.

import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { SHOPS } from '../../../api/lists.js';
import { withNamesIsolated } from '../../../messages/say.js';
import { useTexts } from '../../../messages/useTexts.js';
import { messageOf } from '../../../ui/messageOf.js';
import css from '../admin.module.css';
import { ask } from '../ask.js';
import { Section } from '../Section.js';

function checkShop(shop: string) {
  return ask(() => api.GET('/admin/api/shops/{shop}/check', { params: { path: { shop } } }));
}
type Checked = Awaited<ReturnType<typeof checkShop>>;

const NAMES = {
  secret: 'checkSecret',
  address: 'checkAddress',
  credentials: 'checkCredentials',
  permissions: 'checkPermissions',
  webhook: 'checkWebhook',
  webhooks: 'checkWebhook',
  products: 'checkProducts',
  portal: 'checkPortal',
} as const;

export function ShopChecks() {
  const t = useTexts('adminWork');
  const ofChecks = useTexts('adminJobs');
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
          <Stack component="ul" gap="sm" className={css.plainList ?? ''}>
            {checked.checks.map(({ name, ok, says }) => (
              <li key={name}>
                <Group gap="xs">
                  <Text fw={600} size="sm" span>
                    <CheckName name={name} />
                  </Text>
                  <Badge variant="dot" color={ok ? 'teal' : 'orange'}>
                    {ofChecks(ok ? 'checkGood' : 'checkBad')}
                  </Badge>
                </Group>
                <Text size="sm" className={css.wrapped ?? ''}>
                  {withNamesIsolated(says)}
                </Text>
              </li>
            ))}
          </Stack>
        </Alert>
      )}
    </Section>
  );
}

/** Of several shops of a kind, its name stands before: `second: secret`. */
function CheckName({ name }: { name: string }) {
  const t = useTexts('adminJobs');
  const [what = '', shop] = name.split(': ').reverse();
  return (
    <>
      {shop && (
        <>
          <bdi>{shop}</bdi>:{' '}
        </>
      )}
      {Object.hasOwn(NAMES, what) ? t(NAMES[what as keyof typeof NAMES]) : <bdi>{what}</bdi>}
    </>
  );
}
