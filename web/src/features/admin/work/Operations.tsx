// The running service: the proof of its ledger, its jobs, its shops, and its notices.

import { Stack } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import { Page } from '../../../ui/Page.js';
import { Jobs } from './Jobs.js';
import { Notices } from './Notices.js';
import { ShopChecks } from './ShopChecks.js';
import { Verify } from './Verify.js';

export default function Operations() {
  const t = useTexts('adminWork');
  return (
    <Page title={t('operationsTitle')}>
      <Stack gap="lg">
        <Verify />
        <Jobs />
        <ShopChecks />
        <Notices />
      </Stack>
    </Page>
  );
}
