// If a page fails, the shell stays, and the reader gets a way to go on.

import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { Notice } from './states.js';

export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? <Broken /> : this.props.children;
  }
}

/** Usually a part of the page could not be loaded, such as after an upgrade. A reload helps. */
function Broken() {
  const t = useTexts('ui');
  return (
    <Notice title={t('errorTitle')} text={t('offlineText')} isUrgent>
      <Button onClick={() => location.reload()}>{t('retry')}</Button>
    </Notice>
  );
}
