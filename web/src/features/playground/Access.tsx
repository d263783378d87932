// Chooses whose license is used: by a key, or by the signed-in account.

import { Anchor, Button, Group, PasswordInput, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { chooseLicense, useChosenLicense } from '../../api/credentials.js';
import { useTexts } from '../../messages/useTexts.js';
import { messageOf } from '../../ui/messageOf.js';
import type { Holder } from './holder.js';
import css from './playground.module.css';

export function Access({ holder }: { holder: Holder }) {
  const [hasOwnKey, setOwnKey] = useState(false);
  if (!holder.isSignedIn || hasOwnKey) return <KeyField holder={holder} />;
  return <SignedIn holder={holder} useKey={() => setOwnKey(true)} />;
}

const STOPPED: Record<string, 'isSuspended' | 'isExpired' | 'isRevoked' | undefined> = {
  suspended: 'isSuspended',
  expired: 'isExpired',
  revoked: 'isRevoked',
};

function KeyField({ holder }: { holder: Holder }) {
  const t = useTexts('playground');
  const { key, isWholeKey, license } = holder;
  const [isLeft, setLeft] = useState(false);
  const { error } = license;
  const told = error && messageOf(error, t('unreachable'));
  const stopped = license.data && STOPPED[license.data.status];
  const fault = told ?? (isLeft && key !== null && !isWholeKey ? t('keyIncomplete') : null);
  return (
    <div className={css.access}>
      <PasswordInput
        label={t('key')}
        description={t('keyHint')}
        placeholder="sahm_live_…"
        classNames={{ innerInput: css.keyInput ?? '' }}
        data-testid="key"
        autoComplete="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        value={key ?? ''}
        onChange={event => holder.setKey(event.currentTarget.value)}
        onFocus={() => setLeft(false)}
        onBlur={() => setLeft(true)}
        error={fault}
        visibilityToggleButtonProps={{ 'aria-label': t('showKey') }}
      />
      {stopped && (
        <Text size="sm" c="var(--mantine-color-error)" mt={4}>
          {t(stopped)}
        </Text>
      )}
      {key === null && (
        <Text size="sm" c="dimmed" mt={6}>
          {t('noKey')}{' '}
          <Anchor component={Link} href="/account" size="sm" underline="always">
            {t('signIn')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}

function SignedIn({ holder, useKey }: { holder: Holder; useKey(): void }) {
  const t = useTexts('playground');
  const chosen = useChosenLicense();
  const licenses = holder.account?.licenses ?? [];
  return (
    <Group className={css.access ?? ''} justify="space-between" gap="sm">
      <Text size="sm">{t('signedInAs', { email: holder.account?.email ?? '' })}</Text>
      <Group gap="xs">
        {licenses.length > 1 && (
          <Select
            aria-label={t('license')}
            size="xs"
            allowDeselect={false}
            value={chosen ?? licenses[0]?.id ?? null}
            onChange={chooseLicense}
            data={licenses.map(({ id, plan, key_last4 }) => ({
              value: id,
              label: `${plan.toUpperCase()} …${key_last4}`,
            }))}
          />
        )}
        <Button variant="subtle" size="xs" onClick={useKey}>
          {t('useKey')}
        </Button>
      </Group>
    </Group>
  );
}
