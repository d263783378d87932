// The home page: what this is, the plans, and where to begin.

import { Button, Group, SimpleGrid, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock } from '../../ui/CopyField.js';
import { Page } from '../../ui/Page.js';
import css from './home.module.css';
import { Plans } from './Plans.js';

export default function Home() {
  const t = useTexts('home');
  return (
    <Page title={t('title')} isBare>
      <section className={css.hero}>
        <div>
          <Title order={1} className={css.title}>
            {t('title')}
          </Title>
          <Text size="lg" c="dimmed" mt="lg" className={css.lead}>
            {t('lead')}
          </Text>
          <Group mt="xl">
            <Button component={Link} href="/playground" size="md">
              {t('tryIt')}
            </Button>
            <Button component={Link} href="/docs" size="md" variant="default">
              {t('readDocs')}
            </Button>
          </Group>
        </div>
        <CodeBlock code={sampleOf(t('samplePrompt'))} label={t('sampleTitle')} />
      </section>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xl" className={css.section ?? ''}>
        <Point title={t('exactTitle')} text={t('exactText')} />
        <Point title={t('oneTitle')} text={t('oneText')} />
        <Point title={t('clearTitle')} text={t('clearText')} />
      </SimpleGrid>
      <section className={css.section}>
        <Title order={2}>{t('plansTitle')}</Title>
        <Text c="dimmed" mt="xs" mb="xl" maw="44rem">
          {t('plansLead')}
        </Text>
        <Plans />
      </section>
      <section className={css.section}>
        <Title order={2} mb="xl">
          {t('stepsTitle')}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="lg">
          <Beginning
            title={t('step1Title')}
            text={t('step1Text')}
            action={t('step1Action')}
            href="/account"
          />
          <Beginning
            title={t('step2Title')}
            text={t('step2Text')}
            action={t('step2Action')}
            href="/playground"
          />
          <Beginning
            title={t('step3Title')}
            text={t('step3Text')}
            action={t('step3Action')}
            href="/docs"
          />
        </SimpleGrid>
      </section>
    </Page>
  );
}

function Point({ title, text }: { title: string; text: string }) {
  return (
    <div className={css.point}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" mt={6}>
        {text}
      </Text>
    </div>
  );
}

interface BeginningProps {
  title: string;
  text: string;
  action: string;
  href: string;
}

function Beginning({ title, text, action, href }: BeginningProps) {
  return (
    <div className={css.card}>
      <Title order={3} size="h4">
        {title}
      </Title>
      <Text c="dimmed" mt="xs" className={css.grow}>
        {text}
      </Text>
      <Button component={Link} href={href} variant="light" mt="lg" className={css.action}>
        {action}
      </Button>
    </div>
  );
}

function sampleOf(prompt: string): string {
  return `curl ${location.origin}/api/chat_v3 \\
  -H "Content-Type: application/json" \\
  -d '{
    "api_key": "YOUR_LICENSE_KEY",
    "model": "deepseek/deepseek-chat",
    "prompt": "${prompt}"
  }'`;
}
