// What is shown in place of a page while it loads, if it is empty, or after an error.

import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Refusal, Unreachable } from '../api/refusal.js';
import { useTexts } from '../messages/useTexts.js';
import css from './ui.module.css';

/** A skeleton with lines as long as text. */
export function Loading({ lines = 4 }: { lines?: number }) {
  const t = useTexts('ui');
  const widths = ['70%', '100%', '92%', '56%', '84%'];
  return (
    <Stack gap="md" py="xl" aria-busy="true" role="status" aria-label={t('loading')}>
      <Skeleton height={32} width="40%" radius="md" />
      {Array.from({ length: lines }, (_, line) => widths[line % widths.length]).map(
        (width, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and never move
          <Skeleton key={line} height={16} width={width ?? '100%'} radius="sm" />
        ),
      )}
    </Stack>
  );
}

/** `children` has what the reader can do now. */
export function Notice({
  title,
  text,
  children,
  isUrgent = false,
}: {
  title: string;
  text: string;
  children?: ReactNode;
  isUrgent?: boolean;
}) {
  return (
    <div className={css.notice} {...(isUrgent && { role: 'alert' })}>
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed" maw="34rem">
        {text}
      </Text>
      {children}
    </div>
  );
}

/** Shows any error of the API's client. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts('ui');
  const again = retry && (
    <Button variant="light" onClick={retry}>
      {t('retry')}
    </Button>
  );
  if (error instanceof Unreachable) {
    return (
      <Notice title={t('offlineTitle')} text={t('offlineText')} isUrgent>
        {again}
      </Notice>
    );
  }
  if (!(error instanceof Refusal)) throw error;
  if (error.isSignedOut) return <SignedOut />;
  return (
    <Notice title={t('errorTitle')} text={error.message || t('errorText')} isUrgent>
      {error.requestId && (
        <Text size="sm" c="dimmed">
          {t('requestId', { id: error.requestId })}
        </Text>
      )}
      {/* What is not there now is not there a moment later. */}
      {error.status !== 404 && again}
    </Notice>
  );
}

function SignedOut() {
  const t = useTexts('ui');
  return (
    <Notice title={t('signedOutTitle')} text={t('signedOutText')}>
      {/* Loaded anew: on that page itself, it asks again who is signed in. */}
      <Button component="a" href="/account">
        {t('signIn')}
      </Button>
    </Notice>
  );
}

/** `children` replaces the link to the home page with a nearer one. */
export function NotFound({ children }: { children?: ReactNode }) {
  const t = useTexts('ui');
  return (
    <Notice title={t('notFoundTitle')} text={t('notFoundText')}>
      {children ?? (
        <Button component={Link} href="/">
          {t('goHome')}
        </Button>
      )}
    </Notice>
  );
}
