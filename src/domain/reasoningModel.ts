// Of OpenAI's reasoning models. While they reason they refuse sampling parameters.

/** Since gpt-5.1 a model may not reason at all, and does not where it is not told to. */
const MAY_NOT_REASON = /^gpt-(?:5\.[1-9]|[6-9])/;

/** `effort` as the request has it. */
export function willReason(upstreamId: string, effort: unknown): boolean {
  return (effort ?? 'none') !== 'none' || !MAY_NOT_REASON.test(upstreamId);
}
