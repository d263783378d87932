// The two errors of the API's client: the service refuses, or it cannot be reached.

/** The service answered with a refusal. The message is in the reader's language; it is empty if something else answered. */
export class Refusal extends Error {
  override name = 'Refusal';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown,
    readonly requestId: string | null,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }

  /** Whether nobody is signed in, or not any more. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** The field of the request that was refused, by its name in the API. */
  get field(): string | null {
    return isRecord(this.details) && typeof this.details.field === 'string'
      ? this.details.field
      : null;
  }
}

/** No answer: there is no network, or the service is away. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

/** Reads an error in any form that the service has. */
export function refusalOf(response: Response, body: unknown): Refusal {
  const told = isRecord(body) ? body : {};
  const inner = isRecord(told.error) ? told.error : told;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Refusal(
    response.status,
    typeof inner.code === 'string' ? inner.code : 'unknown',
    typeof inner.message === 'string' ? inner.message : '',
    inner.details ?? told,
    response.headers.get('x-request-id'),
    Number.isFinite(retryAfter) ? retryAfter : null,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
