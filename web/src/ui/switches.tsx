// The switches for language and theme. Both choices are remembered.

import {
  ActionIcon,
  type MantineColorScheme,
  NativeSelect,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { LANGUAGES, useLanguage } from '../messages/language.js';
import { useTexts } from '../messages/useTexts.js';
import { DeviceIcon, MoonIcon, SunIcon } from './icons.js';

export function LanguageSwitch() {
  const t = useTexts('ui');
  const { code, choose } = useLanguage();
  return (
    <NativeSelect
      aria-label={t('language')}
      data-testid="language"
      size="sm"
      w="7.2rem"
      value={code}
      onChange={event => void choose(event.currentTarget.value)}
      data={LANGUAGES.map(({ code: value, name: label }) => ({ value, label }))}
    />
  );
}

const LOOKS = {
  light: { text: 'themeLight', Icon: SunIcon },
  dark: { text: 'themeDark', Icon: MoonIcon },
  auto: { text: 'themeAuto', Icon: DeviceIcon },
} as const;

/** Switches in turn. From the device's own theme it goes to the opposite one first, so that the first press shows. */
export function ThemeSwitch() {
  const t = useTexts('ui');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  const other = shown === 'light' ? 'dark' : 'light';
  const device = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const next: MantineColorScheme =
    colorScheme === 'auto' ? other : colorScheme === device ? 'auto' : device;
  const { text, Icon } = LOOKS[colorScheme];
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      data-testid="theme"
      aria-label={t(text)}
      title={t(text)}
      onClick={() => setColorScheme(next)}
    >
      <Icon />
    </ActionIcon>
  );
}
