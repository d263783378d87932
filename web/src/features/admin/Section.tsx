import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import css from './admin.module.css';

interface SectionProps {
  title: string;
  text?: string;
  /** Beside the title. */
  beside?: ReactNode;
  testId?: string;
  children: ReactNode;
}

export function Section({ title, text, beside, testId, children }: SectionProps) {
  const id = useId();
  return (
    <section
      className={css.card ?? ''}
      aria-labelledby={id}
      {...(testId && { 'data-testid': testId })}
    >
      <Stack gap="md">
        <Group justify="space-between" gap="sm">
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {beside}
        </Group>
        {text && <Text c="dimmed">{text}</Text>}
        {children}
      </Stack>
    </section>
  );
}
