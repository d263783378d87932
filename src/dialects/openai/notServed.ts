// Refusals of fields that ask for something that we do not offer. Without these fields, the answer would be to another
// question.

import { refuse } from '../../domain/refusal.js';
import { FieldFault } from './fields.js';

export function notServed(field: string, instead: string): FieldFault {
  return new FieldFault(
    refuse('invalid_request', 'field_not_served', { field, instead }, { field }),
  );
}

/** Uploaded files belong to the operator's account, not to the caller. */
export function fileIdNotServed(field: string): FieldFault {
  return notServed(field, 'Send the file itself as a data URL');
}
