// A field with a key, an address or a command: always left to right, with a button to copy it.

import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { CheckIcon, CopyIcon, EyeIcon } from './icons.js';
import css from './ui.module.css';

interface Copied {
  value: string;
  label: string;
  /** Shows dots until the reader asks for the text. */
  isSecret?: boolean;
  testId?: string;
}

export function CopyField({ value, label, isSecret = false, testId }: Copied) {
  const t = useTexts('ui');
  const [isShown, setShown] = useState(!isSecret);
  return (
    <div className={css.copyField}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <code tabIndex={0} className={css.copyValue} {...(testId && { 'data-testid': testId })}>
        {isShown ? value : '•'.repeat(24)}
      </code>
      {isSecret && (
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => setShown(!isShown)}
          aria-label={`${t(isShown ? 'hide' : 'show')}: ${label}`}
        >
          <EyeIcon />
        </ActionIcon>
      )}
      <CopyAction value={value} label={label} />
    </div>
  );
}

/** Several lines of code. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure className={css.codeBlock} aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={css.code} tabIndex={0}>
        <code>{code}</code>
      </pre>
      <div className={css.codeCopy}>
        <CopyAction value={code} label={label} />
      </div>
    </figure>
  );
}

export function CopyAction({ value, label }: { value: string; label: string }) {
  const t = useTexts('ui');
  return (
    <CopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <Tooltip label={t(copied ? 'copied' : 'copy')}>
          <ActionIcon
            variant="subtle"
            color={copied ? 'accent' : 'gray'}
            onClick={copy}
            aria-label={`${t(copied ? 'copied' : 'copy')}: ${label}`}
          >
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
