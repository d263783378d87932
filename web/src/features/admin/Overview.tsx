// How the service and the business stand: what is red, with what to do about it, and where the requests and the
// money went. Every sum is the service's.

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
