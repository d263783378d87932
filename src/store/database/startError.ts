/** The service cannot start, for a reason that the operator can mend. The message says how. */
export class StartError extends Error {
  override name = 'StartError';
}
