// Puts the reader's own key into the samples, only on request. It is forgotten when the reader leaves the
// documentation.

import { Alert, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.js';
import { useBearer, useChosenLicense } from '../../api/credentials.js';
import { useTexts } from '../../messages/useTexts.js';
import { messageOf } from '../../ui/messageOf.js';
import css from './docs.module.css';
import { KEY_PLACEHOLDER } from './samples.js';

interface OwnKey {
  /** Null while it is not shown. */
  key: string | null;
  /** Whether somebody is signed in, or opened the pages with a key. */
  canShow: boolean;
  fault: string;
  show(): void;
  hide(): void;
}

const Context = createContext<OwnKey | null>(null);

/** The key to show in samples. */
export function useSampleKey(): string {
  return useOwnKey().key ?? KEY_PLACEHOLDER;
}

function useOwnKey(): OwnKey {
  const ownKey = use(Context);
  if (!ownKey) throw new Error('outside of OwnKeyProvider');
  return ownKey;
}

export function OwnKeyProvider({ children }: { children: ReactNode }) {
  const t = useTexts('docs');
  const bearer = useBearer('holder');
  const license = useChosenLicense();
  const [key, setKey] = useState<string | null>(null);
  const [fault, setFault] = useState('');
  const { data: account } = useQuery({
    queryKey: ['holder', 'account'],
    queryFn: () => answerOf(api.GET('/api/account')),
    enabled: bearer === null,
  });
  const show = async () => {
    setFault('');
    try {
      setKey(bearer ?? (await readKey(license)));
    } catch (error) {
      setFault(messageOf(error, t('noAnswer')));
    }
  };
  const canShow = bearer !== null || (account?.licenses.length ?? 0) > 0;
  return (
    <Context value={{ key, canShow, fault, show: () => void show(), hide: () => setKey(null) }}>
      {children}
    </Context>
  );
}

async function readKey(license: string | null): Promise<string> {
  const body = license === null ? {} : { license };
  return (await answerOf(api.POST('/api/license/reveal', { body }))).key;
}

export function OwnKeyButton() {
  const t = useTexts('docs');
  const { key, canShow, fault, show, hide } = useOwnKey();
  if (!canShow) {
    return (
      <Text size="sm" c="dimmed">
        {t('keyHint', { placeholder: KEY_PLACEHOLDER })}{' '}
        <Link href="/account" className={css.link ?? ''}>
          {t('keySignIn')}
        </Link>
      </Text>
    );
  }
  return (
    <>
      <Group gap="sm">
        <Button variant="light" size="xs" onClick={key ? hide : show} data-testid="own-key">
          {t(key ? 'keyHide' : 'keyShow')}
        </Button>
        {key && (
          <Text size="sm" c="dimmed" role="status">
            {t('keyShown')}
          </Text>
        )}
      </Group>
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </>
  );
}
