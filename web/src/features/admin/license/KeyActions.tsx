// The key of a license: mails a link to it, replaces it, and shows the current one.

import { Alert, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { CopyField } from '../../../ui/CopyField.js';
import { Instant } from '../../../ui/format.js';
import { GraceSelect, USUAL_GRACE_SECONDS } from '../../../ui/GraceSelect.js';
import { Action } from '../Action.js';
import { ask, type License, useMay } from '../ask.js';
import { Section } from '../Section.js';
import { SendKey } from './SendKey.js';

export function KeyActions({ license }: { license: License }) {
  const t = useTexts('adminLicense');
  const may = useMay();
  const [shown, setShown] = useState<{ key: string; oldEndsAt?: string | null } | null>(null);
  const [seconds, setSeconds] = useState(USUAL_GRACE_SECONDS);
  const params = { path: { id: license.id } };
  const rotate = async () => {
    const body = { grace_seconds: seconds };
    const rotated = await ask(() => api.POST('/admin/api/licenses/{id}/rotate', { params, body }));
    setShown({ key: rotated.key, oldEndsAt: rotated.previous_key_valid_until });
  };
  const reveal = async () => {
    const { key } = await ask(() => api.POST('/admin/api/licenses/{id}/reveal', { params }));
    setShown({ key });
  };
  return (
    <Section title={t('keyTitle')} text={t('keyText')}>
      {shown && (
        <Stack gap="sm">
          <CopyField value={shown.key} label={t('keyTitle')} testId="shown-key" />
          {shown.oldEndsAt && (
            <Alert role="status">
              {t('oldKeyEnds')} <Instant at={shown.oldEndsAt} />
            </Alert>
          )}
        </Stack>
      )}
      <Group gap="sm">
        <SendKey license={license} />
        <Action
          label={t('rotate')}
          title={t('rotateTitle')}
          consequence={t('rotateText')}
          isDangerous
          act={rotate}
          testId="rotate"
        >
          <GraceSelect seconds={seconds} choose={setSeconds} />
        </Action>
        {may('owner') && (
          <Action
            label={t('reveal')}
            title={t('revealTitle')}
            consequence={t('revealText')}
            act={reveal}
            testId="reveal"
          />
        )}
      </Group>
    </Section>
  );
}
