// The page behind the link in a purchase's mail: shows the key once, and what to do with it.

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { pageData } from '../../api/pageData.js';
import { Refusal } from '../../api/refusal.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock, CopyField } from '../../ui/CopyField.js';
import { Page } from '../../ui/Page.js';

function claim(token: string) {
  return answerOf(api.POST('/claim/{token}', { params: { path: { token } } }));
}

type Claimed = Awaited<ReturnType<typeof claim>>;

export default function Claim() {
  const t = useTexts('claim');
  const { token = '' } = useParams();
  const { code } = useLanguage();
  const [claimed, setClaimed] = useState<Claimed | null>(null);
  const [fault, setFault] = useState<'used' | 'notReady' | 'noAnswer' | null>(null);
  const [isAsking, setAsking] = useState(false);
  const open = async () => {
    setAsking(true);
    setFault(null);
    try {
      const answer = await claim(token);
      setBearer('holder', answer.key);
      setClaimed(answer);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      setFault(status === 404 ? 'used' : status === 409 ? 'notReady' : 'noAnswer');
    } finally {
      setAsking(false);
    }
  };
  return (
    <Page title={t('title')}>
      {claimed ? (
        <Opened claimed={claimed} />
      ) : (
        <Stack maw="40rem">
          {fault !== 'used' && (
            <>
              <Text size="lg">{t('lead', { shop: pageData(code).name })}</Text>
              <Text c="dimmed">{t('once')}</Text>
            </>
          )}
          {fault && (
            <Alert role="alert" color={fault === 'used' ? 'orange' : 'yellow'}>
              {t(fault)}
            </Alert>
          )}
          <Group>
            {fault !== 'used' && (
              <Button
                size="md"
                loading={isAsking}
                onClick={() => void open()}
                data-testid="open-claim"
              >
                {t('open')}
              </Button>
            )}
            {fault === 'used' && (
              <Button component={Link} href="/account" size="md">
                {t('signIn')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </Page>
  );
}

function Opened({ claimed: { key, license } }: { claimed: Claimed }) {
  const t = useTexts('claim');
  return (
    <Stack maw="44rem" gap="lg">
      {license && <Text size="lg">{t('yours', { plan: license.plan.toUpperCase() })}</Text>}
      <CopyField value={key} label={t('key')} testId="shown-key" />
      <Text c="dimmed">{t('keep')}</Text>
      <Group>
        <Button component={Link} href="/playground" size="md">
          {t('tryIt')}
        </Button>
        <Button component={Link} href="/account" size="md" variant="default">
          {t('account')}
        </Button>
        <Button component={Link} href="/docs" size="md" variant="subtle">
          {t('docs')}
        </Button>
      </Group>
      <Text>{t('orSend')}</Text>
      <CodeBlock code={sampleWith(key)} label={t('orSend')} />
    </Stack>
  );
}

function sampleWith(key: string): string {
  return `curl ${location.origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "qwen/qwen-2.5-7b-instruct",
    "messages": [{"role": "user", "content": "Hello"}]
  }'`;
}
