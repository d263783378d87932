// The documentation: a search above, the contents at the side, and the section of the address.

import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { Loading, NotFound } from '../../ui/states.js';
import { ProgramLanguageProvider } from './CodeSample.js';
import css from './docs.module.css';
import { GuideSection } from './GuideSection.js';
import { type Section, useGuide } from './guide.js';
import { OwnKeyProvider } from './ownKey.js';
import { type Place, usePlace } from './place.js';
import { Search } from './Search.js';

const Models = lazy(async () => ({ default: (await import('./Models.js')).Models }));
const Model = lazy(async () => ({ default: (await import('./Model.js')).Model }));
const Clients = lazy(async () => ({ default: (await import('./Clients.js')).Clients }));
const Reference = lazy(async () => ({ default: (await import('./Reference.js')).Reference }));

const MODEL = /^models\/(.+)$/;

export default function Docs() {
  const t = useTexts('docs');
  const place = usePlace();
  const guide = useGuide();
  const pages = [
    { path: 'models', title: t('models') },
    { path: 'clients', title: t('clients') },
    { path: 'reference', title: t('reference') },
  ];
  const at = place.path.replace(MODEL, 'models');
  const title = [...guide, ...pages].find(({ path }) => path === at)?.title ?? t('title');
  return (
    <Page title={title} isBare>
      <div className={css.layout}>
        <div className={css.side}>
          <Search />
          <Contents key={place.path} guide={guide} pages={pages} at={at} title={title} />
        </div>
        <div className={css.content}>
          <OwnKeyProvider>
            <ProgramLanguageProvider>
              <Suspense fallback={<Loading lines={8} />}>
                <Content place={place} guide={guide} />
              </Suspense>
            </ProgramLanguageProvider>
          </OwnKeyProvider>
        </div>
      </div>
    </Page>
  );
}

function Content({ place, guide }: { place: Place; guide: Array<Section<string>> }) {
  const model = MODEL.exec(place.path)?.[1];
  if (model !== undefined) return <Model key={model} id={model} />;
  if (place.path === 'models') return <Models />;
  if (place.path === 'clients') return <Clients />;
  if (place.path === 'reference') return <Reference />;
  const at = guide.findIndex(({ path }) => path === place.path);
  const section = guide[at];
  if (!section) return <NotFound />;
  return <GuideSection section={section} previous={guide[at - 1]} next={guide[at + 1]} />;
}

interface PageLink {
  path: string;
  title: string;
}

interface ContentsProps {
  guide: PageLink[];
  pages: PageLink[];
  at: string;
  /** The title of the open section. */
  title: string;
}

/** On a phone, the contents are folded below the title of the open section. */
function Contents({ guide, pages, at, title }: ContentsProps) {
  const t = useTexts('docs');
  const [isOpen, setOpen] = useState(false);
  return (
    <nav aria-label={t('contents')} className={css.contents} data-open={isOpen || undefined}>
      <button
        type="button"
        className={css.contentsButton}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{t('contents')}</span>
        <bdi className={css.quiet}>{title}</bdi>
      </button>
      <div className={css.contentsList}>
        <Links title={t('guide')} links={guide} at={at} />
        <Links title={t('more')} links={pages} at={at} />
      </div>
    </nav>
  );
}

function Links({ title, links, at }: { title: string; links: PageLink[]; at: string }) {
  return (
    <>
      <p className={css.contentsTitle}>{title}</p>
      <ul>
        {links.map(({ path, title: name }) => (
          <li key={path}>
            <Link
              href={`/docs/${path}`.replace(/\/$/, '')}
              {...(path === at && { 'aria-current': 'page' as const })}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
