// Starts the pages in the browser.

import { DirectionProvider, MantineProvider, useDirection } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, Suspense, useEffect, useMemo } from 'react';
import { createRoot } from 'react-dom/client';
import { mayRetry } from './api/client.js';
import { pageData, pageNonce } from './api/pageData.js';
import { LanguageProvider, useLanguage } from './messages/language.js';
import { Routes } from './routes.js';
import './ui/styles.js';
import { themeOf } from './ui/theme.js';
import { acceptAllDigits } from './ui/typedDigits.js';

const FRESH_FOR_MS = 15_000;

const queries = new QueryClient({
  defaultOptions: { queries: { retry: mayRetry, staleTime: FRESH_FOR_MS } },
});

// What is counted moves while another page is open: it is read whenever it is looked at.
for (const counted of ['holder', 'admin']) {
  queries.setQueryDefaults([counted], { refetchOnMount: 'always' });
}

function Application() {
  const { code, direction } = useLanguage();
  const { setDirection } = useDirection();
  useEffect(() => setDirection(direction), [direction, setDirection]);
  const theme = useMemo(() => themeOf(pageData(code).accent, code), [code]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={pageNonce}>
      <Suspense>
        <Routes />
      </Suspense>
    </MantineProvider>
  );
}

// Dialogs add a style that stops the page from scrolling. The library that adds it reads the nonce by this name.
Object.assign(globalThis, { __webpack_nonce__: pageNonce() });

acceptAllDigits();

const root = document.getElementById('root');
if (!root) throw new Error('no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <DirectionProvider
          initialDirection={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}
        >
          <Application />
        </DirectionProvider>
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
