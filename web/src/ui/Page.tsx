// A page's frame: its title for the tab and the history, and its width.

import { Container, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { pageData } from '../api/pageData.js';
import { useLanguage } from '../messages/language.js';

interface PageProps {
  title: string;
  /** Set if the page has its own heading. */
  isBare?: boolean;
  children: ReactNode;
}

export function Page({ title, isBare = false, children }: PageProps) {
  const { code } = useLanguage();
  const { name } = pageData(code);
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  return (
    <Container size="72rem" py={{ base: 'lg', sm: 'xl' }}>
      {!isBare && (
        <Title order={1} mb="lg">
          {title}
        </Title>
      )}
      {children}
    </Container>
  );
}
