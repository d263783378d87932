// One request in four programming languages. The choice applies to all samples.

import { SegmentedControl, Stack } from '@mantine/core';
import { createContext, type ReactNode, use, useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock } from '../../ui/CopyField.js';
import { OwnKeyButton, useSampleKey } from './ownKey.js';
import {
  PROGRAM_LANGUAGES,
  PROGRAM_NAMES,
  type ProgramLanguage,
  type Sample,
  sampleCode,
} from './samples.js';

interface Choice {
  language: ProgramLanguage;
  choose(language: ProgramLanguage): void;
}

const Context = createContext<Choice>({ language: 'curl', choose: () => undefined });

export function ProgramLanguageProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState<ProgramLanguage>('curl');
  return <Context value={{ language, choose }}>{children}</Context>;
}

export function CodeSample({ sample, label }: { sample: Omit<Sample, 'key'>; label: string }) {
  const t = useTexts('docs');
  const { language, choose } = use(Context);
  const key = useSampleKey();
  return (
    <Stack gap="sm" data-testid="sample">
      <SegmentedControl
        aria-label={`${t('programLanguage')}: ${label}`}
        size="sm"
        dir="ltr"
        w="fit-content"
        maw="100%"
        value={language}
        onChange={value => {
          const chosen = PROGRAM_LANGUAGES.find(each => each === value);
          if (chosen) choose(chosen);
        }}
        data={PROGRAM_LANGUAGES.map(value => ({ value, label: PROGRAM_NAMES[value] }))}
      />
      <CodeBlock
        code={sampleCode({ ...sample, key }, language)}
        label={`${label}, ${PROGRAM_NAMES[language]}`}
      />
      <OwnKeyButton />
    </Stack>
  );
}
