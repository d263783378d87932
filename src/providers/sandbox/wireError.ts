/** An error before it is written in the form of one upstream. Each writes of it what it knows. */
export interface WireError {
  kind: 'error';
  status: number;
  message: string;
  /** The field that is wrong. */
  param: string | null;
  code: string | null;
  metadata?: Record<string, unknown>;
}

export function wireError(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): WireError {
  return { kind: 'error', status, message, param, code };
}
