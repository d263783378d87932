// All that this package offers.

export { type AdministrationOptions, SahmAdministration } from './administration.js';
export { Sahm, type SahmOptions } from './client.js';
export type { Answer, Details, Left } from './details.js';
export {
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  QuotaExhaustedError,
  QuotaReservedError,
  RateLimitError,
  SahmError,
  ServiceError,
  TimeoutError,
  UpstreamError,
} from './errors.js';
export { Stream } from './stream.js';
export type { CallOptions, ClientOptions } from './transport.js';
export type * from './types.js';
