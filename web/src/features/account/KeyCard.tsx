// The master key: shows it on request, and replaces it.

import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { useTexts } from '../../messages/useTexts.js';
import { CopyField } from '../../ui/CopyField.js';
import { ConfirmDialog } from '../../ui/confirm.js';
import { Instant } from '../../ui/format.js';
import { GraceSelect, USUAL_GRACE_SECONDS } from '../../ui/GraceSelect.js';
import { messageOf } from '../../ui/messageOf.js';
import css from './account.module.css';
import { useHolder, useRefresh } from './holder.js';
import { ask } from './session.js';

export function KeyCard() {
  const t = useTexts('account');
  const { key, license } = useHolder();
  const [shown, setShown] = useState<string | null>(null);
  const [fault, setFault] = useState('');
  const [oldKeyEndsAt, setOldKeyEndsAt] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const trying = async (act: () => Promise<void>) => {
    setFault('');
    await act().catch((error: unknown) => setFault(messageOf(error, t('noAnswer'))));
  };
  const reveal = () => trying(async () => setShown(key ?? (await readKey(license))));
  return (
    <section className={css.card ?? ''} aria-labelledby="key">
      <Stack gap="md">
        <Title order={2} size="h3" id="key">
          {t('masterKey')}
        </Title>
        <Text c="dimmed">{t('masterKeyText')}</Text>
        {shown && <CopyField value={shown} label={t('masterKey')} testId="shown-key" />}
        {oldKeyEndsAt && (
          <Alert role="status">
            {t('oldKeyEnds')} <Instant at={oldKeyEndsAt} />
          </Alert>
        )}
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <Group className="no-print">
          <Button
            variant="light"
            onClick={() => (shown ? setShown(null) : void reveal())}
            data-testid="reveal"
          >
            {t(shown ? 'hideKey' : 'showKey')}
          </Button>
          <Button variant="default" onClick={() => setAsking(true)} data-testid="rotate">
            {t('rotate')}
          </Button>
        </Group>
      </Stack>
      <RotateDialog
        isOpen={isAsking}
        close={() => setAsking(false)}
        rotated={({ newKey, endsAt }) => {
          if (key !== null) setBearer('holder', newKey);
          setShown(newKey);
          setOldKeyEndsAt(endsAt);
        }}
        failed={error => setFault(messageOf(error, t('noAnswer')))}
      />
    </section>
  );
}

async function readKey(license: string | null): Promise<string> {
  const body = license === null ? {} : { license };
  return (await ask(() => api.POST('/api/license/reveal', { body }))).key;
}

interface RotateProps {
  isOpen: boolean;
  close(): void;
  rotated(result: { newKey: string; endsAt: string | null }): void;
  failed(error: unknown): void;
}

function RotateDialog({ isOpen, close, rotated, failed }: RotateProps) {
  const t = useTexts('account');
  const refresh = useRefresh();
  const [seconds, setSeconds] = useState(USUAL_GRACE_SECONDS);
  const rotate = async () => {
    try {
      const body = { grace_seconds: seconds };
      const answer = await ask(() => api.POST('/api/license/rotate', { body }));
      rotated({ newKey: answer.key, endsAt: answer.previous_key_valid_until });
      await refresh();
    } catch (error) {
      failed(error);
    }
  };
  return (
    <ConfirmDialog
      title={t('rotateTitle')}
      action={t('rotate')}
      isDangerous={seconds === 0}
      isOpen={isOpen}
      close={close}
      act={rotate}
      consequence={
        <Stack gap="md">
          <Text>{t('rotateText')}</Text>
          <GraceSelect seconds={seconds} choose={setSeconds} />
        </Stack>
      }
    />
  );
}
