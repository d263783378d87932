// Administration: one field finds every license, and each kind of work has its own address.

import { Container, Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense, useEffect, useRef } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { SignInAgain } from '../../ui/SignInAgain.js';
import { Failed, Loading, NotFound, Notice } from '../../ui/states.js';
import { useSignOut } from '../../ui/useSignOut.js';
import css from './admin.module.css';
import { ADMIN, useMay } from './ask.js';
import { SearchField } from './SearchField.js';
import { SignIn } from './SignIn.js';
import { ended, giveUp, type Role, resume, signOut, useSession } from './session.js';

const PAGES: Array<[path: string, page: ComponentType, needs?: Role]> = [
  ['/admin', lazy(() => import('./Overview.js'))],
  ['/admin/licenses/:id', lazy(() => import('./license/LicensePage.js'))],
  ['/admin/purchases', lazy(() => import('./work/Purchases.js'))],
  ['/admin/catalog', lazy(() => import('./work/Catalog.js'))],
  ['/admin/codes', lazy(() => import('./work/Codes.js'))],
  ['/admin/audit', lazy(() => import('./work/Audit.js'))],
  ['/admin/bulk', lazy(() => import('./work/Bulk.js')), 'operator'],
  ['/admin/administrators', lazy(() => import('./work/Administrators.js'))],
  ['/admin/operations', lazy(() => import('./work/Operations.js'))],
];

function roleFor(href: string): Role {
  return PAGES.find(([path]) => path === href)?.[2] ?? 'viewer';
}

export default function Admin() {
  const t = useTexts('admin');
  const ui = useTexts('ui');
  const session = useSession();
  const hasEnded = ended.useIsNow();
  const queries = useQueryClient();
  useEffect(() => void resume(), []);
  const leave = () => {
    giveUp();
    queries.removeQueries({ queryKey: [ADMIN] });
  };
  if (session.kind === 'in') {
    return (
      <>
        <SignedIn />
        <SignInAgain isOpen={hasEnded} title={t('title')} leave={leave}>
          <SignIn text={ui('sessionEndedHere')} />
        </SignInAgain>
      </>
    );
  }
  return (
    <Page title={t('title')}>
      {session.kind === 'unknown' ? (
        <Loading />
      ) : session.kind === 'unreachable' ? (
        <Failed error={session.error} retry={() => void resume()} />
      ) : (
        <SignIn text={t(session.hasEnded ? 'sessionEnded' : 'signInText')} />
      )}
    </Page>
  );
}

function SignedIn() {
  const may = useMay();
  const queries = useQueryClient();
  const { button, fault } = useSignOut(async () => {
    await signOut();
    queries.removeQueries({ queryKey: [ADMIN] });
  });
  return (
    <>
      <Container size="72rem" pt="md" className="no-print">
        <Group wrap="nowrap" gap="md" align="start">
          <SearchField />
          {button}
        </Group>
        {fault}
        <Places />
      </Container>
      <Suspense
        fallback={
          <Container size="72rem">
            <Loading />
          </Container>
        }
      >
        <Switch>
          {PAGES.map(([path, component, needs = 'viewer']) => (
            <Route key={path} path={path} component={may(needs) ? component : NotForRole} />
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </>
  );
}

/** Shown to someone who opened the address of a page that the own role may not use. */
function NotForRole() {
  const t = useTexts('admin');
  return (
    <Page title={t('needsRoleTitle')} isBare>
      <Notice title={t('needsRoleTitle')} text={t('needsRoleText')} />
    </Page>
  );
}

interface Place {
  href: string;
  text:
    | 'overview'
    | 'purchases'
    | 'codes'
    | 'bulk'
    | 'catalog'
    | 'audit'
    | 'administrators'
    | 'operations';
}

const PLACES: Place[] = [
  { href: '/admin', text: 'overview' },
  { href: '/admin/purchases', text: 'purchases' },
  { href: '/admin/codes', text: 'codes' },
  { href: '/admin/bulk', text: 'bulk' },
  { href: '/admin/catalog', text: 'catalog' },
  { href: '/admin/audit', text: 'audit' },
  { href: '/admin/administrators', text: 'administrators' },
  { href: '/admin/operations', text: 'operations' },
];

function Places() {
  const t = useTexts('admin');
  const may = useMay();
  const [path] = useLocation();
  const places = useRef<HTMLElement>(null);
  // On a phone not all places fit, so the present one is scrolled into view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each page another one is marked
  useEffect(() => {
    const here = places.current?.querySelector('[aria-current]');
    here?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [path]);
  return (
    <nav ref={places} className={css.places} aria-label={t('places')}>
      {PLACES.filter(({ href }) => may(roleFor(href))).map(({ href, text }) => {
        const isHere = path === href;
        // While the log is open, its own element has this test id.
        const testId = text === 'audit' && !isHere ? { 'data-testid': 'audit' } : {};
        const title = text === 'administrators' && !may('owner') ? 'tokens' : text;
        return (
          <Link
            key={href}
            href={href}
            className={css.place ?? ''}
            {...(isHere && { 'aria-current': 'page' as const })}
            {...testId}
          >
            {t(title)}
          </Link>
        );
      })}
    </nav>
  );
}
