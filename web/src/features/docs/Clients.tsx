// Other people's programs and libraries, with the place for the base URL and the key.

import { SimpleGrid, Text, Title } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock, CopyField } from '../../ui/CopyField.js';
import { useClients } from './clientList.js';
import css from './docs.module.css';
import { OwnKeyButton, useSampleKey } from './ownKey.js';
import { Prose } from './Prose.js';
import { useAnchor, usePlace } from './place.js';

export function Clients() {
  const t = useTexts('docsClients');
  const { anchor } = usePlace();
  const key = useSampleKey();
  const clients = useClients();
  useAnchor(anchor, true);
  return (
    <article className={css.article}>
      <Title order={1}>{t('title')}</Title>
      <Text size="lg" c="dimmed" className={css.lead ?? ''}>
        {t('lead')}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} mt="xl" mb="md">
        <div>
          <Text fw={600}>{t('baseUrl')}</Text>
          <CopyField value={`${location.origin}/v1`} label={t('baseUrl')} testId="base-url" />
        </div>
        <div>
          <Text fw={600}>{t('key')}</Text>
          <CopyField value={key} label={t('keyText')} />
        </div>
      </SimpleGrid>
      <OwnKeyButton />
      <p className={css.text}>
        <strong>{t('model')}:</strong> <Prose text={t('modelText')} />
      </p>
      {clients.map(({ id, name, text, code }) => (
        <section key={id} className={css.client} aria-labelledby={id}>
          <Title order={2} size="h3" id={id} className={css.heading ?? ''}>
            <a href={`#${id}`}>
              <bdi>{name}</bdi>
            </a>
          </Title>
          <p className={css.text}>
            <Prose text={text} />
          </p>
          <CodeBlock code={code(key)} label={name} />
        </section>
      ))}
      <section aria-labelledby="others" className={css.client}>
        <Title order={2} size="h3" id="others" className={css.heading ?? ''}>
          {t('others')}
        </Title>
        <p className={css.text}>
          <Prose text={t('othersText')} />
        </p>
      </section>
      <section aria-labelledby="failing" className={css.client}>
        <Title order={2} size="h3" id="failing" className={css.heading ?? ''}>
          {t('failing')}
        </Title>
        <ul className={css.list}>
          <li>
            <Prose text={t('failingUrl')} />
          </li>
          <li>
            <Prose text={t('failingKey')} />
          </li>
          <li>
            <Prose text={t('failingModel')} />
          </li>
        </ul>
      </section>
    </article>
  );
}
