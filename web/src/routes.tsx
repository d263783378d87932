// The page for each address. A page is loaded when it is first opened.

import { type ComponentType, lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { useTexts } from './messages/useTexts.js';
import { ErrorBoundary } from './ui/ErrorBoundary.js';
import { Page } from './ui/Page.js';
import { Shell } from './ui/Shell.js';
import { Loading, NotFound } from './ui/states.js';

/** Keep these the same as in src/http/pages/paths.ts. */
const PAGES: Array<[path: string, page: ComponentType]> = [
  ['/', lazy(() => import('./features/home/Home.js'))],
  ['/playground', lazy(() => import('./features/playground/Playground.js'))],
  ['/account/*?', lazy(() => import('./features/account/Account.js'))],
  ['/claim/:token', lazy(() => import('./features/claim/Claim.js'))],
  ['/sign-in/:token', lazy(() => import('./features/signIn/SignIn.js'))],
  ['/admin/*?', lazy(() => import('./features/admin/Admin.js'))],
  ['/docs/*?', lazy(() => import('./features/docs/Docs.js'))],
  ['/legal/:text', lazy(() => import('./features/legal/Legal.js'))],
];

export function Routes() {
  return (
    <Shell>
      <ErrorBoundary>
        <Suspense
          fallback={
            <div style={{ maxWidth: '72rem', marginInline: 'auto', paddingInline: '1rem' }}>
              <Loading />
            </div>
          }
        >
          <Switch>
            {PAGES.map(([path, component]) => (
              <Route key={path} path={path} component={component} />
            ))}
            <Route component={Unknown} />
          </Switch>
        </Suspense>
      </ErrorBoundary>
    </Shell>
  );
}

function Unknown() {
  const t = useTexts('ui');
  return (
    <Page title={t('notFoundTitle')} isBare>
      <NotFound />
    </Page>
  );
}
