// An act of administration. After it everything is read again.

import { type ActionProps, Action as AnyAction } from '../../ui/Action.js';
import { useRefresh } from './ask.js';

export function Action({ act, ...props }: ActionProps) {
  const refresh = useRefresh();
  const actAndRefresh = async () => {
    await act();
    await refresh();
  };
  return <AnyAction {...props} act={actAndRefresh} />;
}
