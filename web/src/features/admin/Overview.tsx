// The state of the service and of the business: what does not work and what to do about it, and where requests and
// money went. The service computes every sum.

import { Stack } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { useMay } from './ask.js';
import { Figures } from './Figures.js';
import { Issue } from './Issue.js';
import { Lights } from './Lights.js';

export default function Overview() {
  const t = useTexts('admin');
  const may = useMay();
  return (
    <Page title={t('title')}>
      <Stack gap="lg">
        {may('operator') && <Issue />}
        <Lights />
        <Figures />
      </Stack>
    </Page>
  );
}
