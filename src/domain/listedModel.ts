/** A model as an upstream lists it; null for what the list does not say. */
export interface ListedModel {
  upstreamId: string;
  /** US dollars per 1M tokens, as decimal strings. */
  promptPrice: string | null;
  completionPrice: string | null;
  contextLength: number | null;
  inputModalities: string[] | null;
  outputModalities: string[] | null;
  /** The day on which it is switched off. */
  expiresOn: string | null;
}
