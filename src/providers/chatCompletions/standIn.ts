// The sandbox's stand-in for an upstream that speaks chat completions.

import type { Answer } from '../sandbox/answer.js';
import { readUsualFields } from '../sandbox/request.js';
import type { StandIn } from '../sandbox/standIn.js';
import type { Manners } from './manners.js';
import { completionBody, streamEvents } from './standInReplies.js';

export function chatCompletionsStandIn(manners: Manners): StandIn {
  const { answerIdPrefix, idHeader, errorBody, showsModelsToAnybody, modelList } = manners;
  const withId = (answer: Answer) => ({ ...answer, id: `${answerIdPrefix}-${answer.id}` });
  return {
    hasKey: ({ authorization = '' }) => authorization !== '',
    showsModelsToAnybody,
    readRequest(body) {
      const read = readUsualFields(body);
      return 'kind' in read ? read : (manners.refusalOf(read.model, body) ?? read);
    },
    headersOf: answer => ({ [idHeader]: withId(answer).id }),
    bodyOf: (request, answer) => completionBody(request, withId(answer), manners),
    eventsOf: (request, answer) => streamEvents(request, withId(answer), manners),
    errorBody,
    modelList,
  };
}
