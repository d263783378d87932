// The running service: the proof of its ledger, its jobs, its shops, its notices, and its data as files.

import { Stack } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import { Page } from '../../../ui/Page.js';
import { useMay } from '../ask.js';
import { Downloads } from './Downloads.js';
import { Jobs } from './Jobs.js';
import { Notices } from './Notices.js';
import { ShopChecks } from './ShopChecks.js';
import { Verify } from './Verify.js';
import { Webhooks } from './Webhooks.js';

export default function Operations() {
  const t = useTexts('adminWork');
  const may = useMay();
  return (
    <Page title={t('operationsTitle')}>
      <Stack gap="lg">
        <Verify />
        <Jobs />
        <ShopChecks />
        <Notices />
        {may('owner') && <Webhooks />}
        <Downloads />
      </Stack>
    </Page>
  );
}
