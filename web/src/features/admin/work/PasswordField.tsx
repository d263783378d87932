import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';

type Props = PasswordInputProps & { set(value: string): void };

/** `name`: that of the field in the request, so that a refusal of it is told here. */
export function PasswordField({ set, ...input }: Props) {
  const t = useTexts('adminWork');
  return (
    <PasswordInput
      onChange={event => set(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
      dir="ltr"
      {...input}
    />
  );
}
