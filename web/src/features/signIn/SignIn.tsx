// The page behind a mailed sign-in link. It needs a click, because programs that check mails open links by themselves.

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { Refusal } from '../../api/refusal.js';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';

export default function SignIn() {
  const t = useTexts('signIn');
  const { token = '' } = useParams();
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const [fault, setFault] = useState<'used' | 'noAnswer' | null>(null);
  const [isAsking, setAsking] = useState(false);
  const signIn = async () => {
    setAsking(true);
    setFault(null);
    try {
      await answerOf(api.POST('/api/sign-in/{token}', { params: { path: { token } } }));
      setBearer('holder', null);
      queries.removeQueries({ queryKey: ['holder'] });
      // The link is used up, so going back must not lead to it.
      navigate('/account', { replace: true });
    } catch (error) {
      setFault(error instanceof Refusal && error.status === 404 ? 'used' : 'noAnswer');
      setAsking(false);
    }
  };
  return (
    <Page title={t('title')}>
      <Stack maw="40rem">
        {fault !== 'used' && <Text size="lg">{t('lead')}</Text>}
        {fault && (
          <Alert role="alert" color="orange">
            {t(fault)}
          </Alert>
        )}
        <Group>
          {fault === 'used' ? (
            <Button component={Link} href="/account" size="md">
              {t('newLink')}
            </Button>
          ) : (
            <Button
              size="md"
              loading={isAsking}
              onClick={() => void signIn()}
              data-testid="sign-in"
            >
              {t('signIn')}
            </Button>
          )}
        </Group>
      </Stack>
    </Page>
  );
}
