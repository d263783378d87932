import { Badge } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import type { License } from './ask.js';

const STATES = {
  active: { color: 'teal', text: 'stateActive' },
  suspended: { color: 'orange', text: 'stateSuspended' },
  expired: { color: 'red', text: 'stateExpired' },
  revoked: { color: 'red', text: 'stateRevoked' },
} as const;

export function StateBadge({ status }: { status: License['status'] }) {
  const t = useTexts('admin');
  const { color, text } = STATES[status];
  return (
    <Badge color={color} variant="dot">
      {t(text)}
    </Badge>
  );
}
