// The frame of every page: navigation, language, theme, and the operator's contact.

import { ActionIcon, Anchor, Container, Group, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { pageData } from '../api/pageData.js';
import { useLanguage } from '../messages/language.js';
import { useTexts } from '../messages/useTexts.js';
import { useBeginning } from './beginning.js';
import { CloseIcon, MenuIcon } from './icons.js';
import { LanguageSwitch, ThemeSwitch } from './switches.js';
import css from './ui.module.css';

export function Shell({ children }: { children: ReactNode }) {
  const t = useTexts('ui');
  useBeginning();
  return (
    <div className={css.shell}>
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <Header />
      <main id="content" tabIndex={-1} className={css.main}>
        {children}
      </main>
      <Footer />
    </div>
  );
}

function Header() {
  const t = useTexts('ui');
  const [path] = useLocation();
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(() => setOpen(false), [path]);
  const pages = [
    { href: '/playground', title: t('playground') },
    { href: '/account', title: t('account') },
    { href: '/docs', title: t('docs') },
  ];
  return (
    <header className={css.header}>
      <div className={css.headerRow}>
        <Brand />
        <nav className={css.nav} data-open={isOpen || undefined} id="pages" aria-label={t('menu')}>
          {pages.map(({ href, title }) => (
            <Link
              key={href}
              href={href}
              className={css.navLink ?? ''}
              {...(path.startsWith(href) && { 'aria-current': 'page' as const })}
            >
              {title}
            </Link>
          ))}
        </nav>
        <Group gap="xs" wrap="nowrap">
          <LanguageSwitch />
          <ThemeSwitch />
          <ActionIcon
            hiddenFrom="sm"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t('menu')}
            aria-expanded={isOpen}
            aria-controls="pages"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? <CloseIcon /> : <MenuIcon />}
          </ActionIcon>
        </Group>
      </div>
    </header>
  );
}

function Brand() {
  const { code } = useLanguage();
  const { name, logo } = pageData(code);
  return (
    <Link href="/" className={css.brand ?? ''}>
      {logo ? <img src={logo} alt="" height={28} /> : <Mark />}
      <span>{name}</span>
    </Link>
  );
}

/** The logo: a part of a whole. */
function Mark() {
  return (
    <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <circle
        cx="14"
        cy="14"
        r="11"
        fill="none"
        stroke="currentColor"
        strokeWidth="4"
        opacity=".22"
      />
      <path
        d="M14 3a11 11 0 0 1 9.5 16.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="4"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Footer() {
  const t = useTexts('ui');
  const { code } = useLanguage();
  const { name, tagline, contact, legal } = pageData(code);
  const telegram = contact.telegram?.replace(/^@/, '');
  return (
    <footer className={css.footer}>
      <Container size="72rem">
        <Group justify="space-between" gap="md">
          <Text size="sm" c="dimmed">
            {tagline ? `${name} · ${tagline}` : name}
          </Text>
          <Group gap="lg" component="nav" aria-label={t('contact')}>
            {contact.email && (
              <FooterLink href={`mailto:${contact.email}`}>
                <bdi>{contact.email}</bdi>
              </FooterLink>
            )}
            {telegram && (
              <FooterLink href={`https://t.me/${telegram}`}>
                <bdi dir="ltr">@{telegram}</bdi>
              </FooterLink>
            )}
            {contact.website && (
              <FooterLink href={contact.website}>
                <bdi>{new URL(contact.website).host}</bdi>
              </FooterLink>
            )}
            {legal.map(({ id, title }) => (
              <Anchor key={id} component={Link} href={`/legal/${id}`} size="sm" c="dimmed">
                {title}
              </Anchor>
            ))}
            <Anchor component={Link} href="/admin" size="sm" c="dimmed">
              {t('admin')}
            </Anchor>
          </Group>
        </Group>
      </Container>
    </footer>
  );
}

function FooterLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Anchor href={href} size="sm" c="dimmed" rel="noopener noreferrer">
      {children}
    </Anchor>
  );
}
