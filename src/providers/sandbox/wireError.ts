/** An error before it is written in an upstream's form. Each upstream writes the fields that its form has. */
export interface WireError {
  kind: 'error';
  status: number;
  message: string;
  /** The field that is at fault. */
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
