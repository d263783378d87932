import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';

type Props = PasswordInputProps & { set(value: string): void };

/** `name` is the field's name in the request, so that a refusal of the field is shown here. */
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
