import type { UpstreamFailure } from '../../domain/chat.js';
import { shiftDecimal } from '../../domain/decimal.js';
import type { ListedModel } from '../../domain/listedModel.js';
import { recordOf } from '../../domain/unknownJson.js';
import { isWellFormed } from '../../domain/wellFormed.js';
import { dayOf, readModelList } from '../modelList.js';

/** Moves the decimal point from dollars per token to dollars per 1M tokens. */
const MILLION_DIGITS = 6;

export function readModels(body: unknown): ListedModel[] | UpstreamFailure {
  return readModelList(body, entry => {
    const pricing = recordOf(entry.pricing);
    const architecture = recordOf(entry.architecture);
    return {
      promptPrice: priceOf(pricing.prompt),
      completionPrice: priceOf(pricing.completion),
      contextLength: countOf(entry.context_length),
      inputModalities: textsOf(architecture.input_modalities),
      outputModalities: textsOf(architecture.output_modalities),
      expiresOn: dayOf(entry.expiration_date),
    };
  });
}

function priceOf(value: unknown): string | null {
  return typeof value === 'string' ? shiftDecimal(value, MILLION_DIGITS) : null;
}

/** The database stores 32-bit integers. */
function countOf(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31
    ? Number(value)
    : null;
}

function textsOf(value: unknown): string[] | null {
  return Array.isArray(value)
    ? value.filter(item => typeof item === 'string' && isWellFormed(item)).map(String)
    : null;
}
