// The sections of the guide and their content. The texts are in the message files.

import type { Files } from '../../messages/files.js';
import { useTexts } from '../../messages/useTexts.js';

export type Part =
  | 'firstRequest'
  | 'firstAnswer'
  | 'plans'
  | 'addons'
  | 'answer'
  | 'streamed'
  | 'vision'
  | 'errors'
  | 'errorForms'
  | 'samplesShort'
  | 'samplesOpenAi'
  | 'samplesStream'
  | 'idempotent';

export type Block<Text> =
  | { kind: 'heading'; text: Text; id: string }
  | { kind: 'text'; text: Text }
  | { kind: 'note'; text: Text }
  | { kind: 'list'; items: Text[] }
  | { kind: 'fields'; rows: Array<[name: string, text: Text]> }
  | { kind: 'questions'; items: Array<[question: Text, answer: Text]> }
  | { kind: 'part'; part: Part };

export interface Section<Text> {
  /** The address below /docs; empty for the first section. */
  path: string;
  title: Text;
  lead: Text;
  blocks: Array<Block<Text>>;
}

type Key = keyof Files['docsGuide'];

const SECTIONS: Array<Section<Key>> = [
  {
    path: '',
    title: 'startTitle',
    lead: 'startLead',
    blocks: [
      { kind: 'heading', id: 'key', text: 'startKey' },
      { kind: 'text', text: 'startKeyText' },
      { kind: 'heading', id: 'send', text: 'startSend' },
      { kind: 'text', text: 'startSendText' },
      { kind: 'part', part: 'firstRequest' },
      { kind: 'heading', id: 'read', text: 'startRead' },
      { kind: 'text', text: 'startReadText' },
      { kind: 'part', part: 'firstAnswer' },
      { kind: 'note', text: 'startNoCode' },
    ],
  },
  {
    path: 'request',
    title: 'requestTitle',
    lead: 'requestLead',
    blocks: [
      { kind: 'heading', id: 'short-form', text: 'requestShort' },
      { kind: 'text', text: 'requestShortText' },
      {
        kind: 'fields',
        rows: [
          ['api_key', 'fieldApiKey'],
          ['model', 'fieldModel'],
          ['prompt', 'fieldPrompt'],
          ['messages', 'fieldMessages'],
          ['image_url', 'fieldImage'],
          ['stream', 'fieldStream'],
        ],
      },
      { kind: 'heading', id: 'openai-form', text: 'requestOpenAi' },
      { kind: 'text', text: 'requestOpenAiText' },
      { kind: 'text', text: 'requestOpenAiFields' },
      { kind: 'heading', id: 'key-in-headers', text: 'requestKey' },
      { kind: 'list', items: ['requestKeyBearer', 'requestKeyHeader', 'requestKeyBody'] },
      { kind: 'note', text: 'requestSecret' },
      { kind: 'heading', id: 'language', text: 'requestLanguage' },
      { kind: 'text', text: 'requestLanguageText' },
      { kind: 'heading', id: 'limits', text: 'requestLimits' },
      { kind: 'list', items: ['limitSize', 'limitType', 'limitN'] },
    ],
  },
  {
    path: 'plans',
    title: 'plansTitle',
    lead: 'plansLead',
    blocks: [
      { kind: 'part', part: 'plans' },
      { kind: 'text', text: 'plansText' },
      { kind: 'heading', id: 'addons', text: 'addonsTitle' },
      { kind: 'text', text: 'addonsText' },
      { kind: 'part', part: 'addons' },
      { kind: 'list', items: ['addonsOrder', 'addonsKept', 'addonsWait'] },
    ],
  },
  {
    path: 'counting',
    title: 'countingTitle',
    lead: 'countingLead',
    blocks: [
      { kind: 'list', items: ['countOne', 'countTwo', 'countMonth', 'countKey', 'countExact'] },
      { kind: 'heading', id: 'free', text: 'countFree' },
      { kind: 'list', items: ['freeFailure', 'freeRefusal', 'freeLeft', 'freeRepeat'] },
      { kind: 'heading', id: 'charged', text: 'countCharged' },
      { kind: 'list', items: ['chargedAnswer', 'chargedStream', 'chargedEmpty'] },
      { kind: 'heading', id: 'see', text: 'countSee' },
      { kind: 'list', items: ['seeHeader', 'seeAnswer', 'seeAccount', 'seeApi'] },
    ],
  },
  {
    path: 'response',
    title: 'responseTitle',
    lead: 'responseLead',
    blocks: [
      { kind: 'part', part: 'answer' },
      {
        kind: 'fields',
        rows: [
          ['error', 'answerError'],
          ['reply', 'answerReply'],
          ['model', 'answerModel'],
          ['source', 'answerSource'],
          ['plan', 'answerPlan'],
          ['usage', 'answerUsage'],
          ['usage_breakdown', 'answerBreakdown'],
        ],
      },
      { kind: 'heading', id: 'openai', text: 'responseOpenAi' },
      { kind: 'text', text: 'responseOpenAiText' },
      { kind: 'heading', id: 'stream', text: 'responseStream' },
      { kind: 'text', text: 'responseStreamText' },
      { kind: 'part', part: 'streamed' },
      { kind: 'text', text: 'responseStreamEnd' },
      { kind: 'heading', id: 'headers', text: 'responseHeaders' },
      {
        kind: 'fields',
        rows: [
          ['X-Request-Id', 'headerRequestId'],
          ['X-Quota-Charged', 'headerCharged'],
          ['X-Quota-Remaining', 'headerRemaining'],
          ['Retry-After', 'headerRetryAfter'],
        ],
      },
    ],
  },
  {
    path: 'vision',
    title: 'visionTitle',
    lead: 'visionLead',
    blocks: [
      { kind: 'text', text: 'visionText' },
      { kind: 'part', part: 'vision' },
      { kind: 'list', items: ['visionTypes', 'visionSmall', 'visionUrl', 'visionOthers'] },
      { kind: 'note', text: 'visionWrongModel' },
    ],
  },
  {
    path: 'errors',
    title: 'errorsTitle',
    lead: 'errorsLead',
    blocks: [
      { kind: 'part', part: 'errorForms' },
      { kind: 'text', text: 'errorsText' },
      { kind: 'part', part: 'errors' },
    ],
  },
  {
    path: 'samples',
    title: 'samplesTitle',
    lead: 'samplesLead',
    blocks: [
      { kind: 'heading', id: 'short', text: 'samplesShort' },
      { kind: 'text', text: 'samplesShortText' },
      { kind: 'part', part: 'samplesShort' },
      { kind: 'heading', id: 'openai', text: 'samplesOpenAi' },
      { kind: 'text', text: 'samplesOpenAiText' },
      { kind: 'part', part: 'samplesOpenAi' },
      { kind: 'heading', id: 'stream', text: 'samplesStream' },
      { kind: 'text', text: 'samplesStreamText' },
      { kind: 'part', part: 'samplesStream' },
      { kind: 'heading', id: 'again', text: 'samplesAgain' },
      { kind: 'text', text: 'samplesAgainText' },
      { kind: 'part', part: 'idempotent' },
    ],
  },
  {
    path: 'best-practice',
    title: 'practiceTitle',
    lead: 'practiceLead',
    blocks: [
      { kind: 'heading', id: 'secret', text: 'practiceSecret' },
      { kind: 'text', text: 'practiceSecretText' },
      { kind: 'heading', id: 'model', text: 'practiceModel' },
      { kind: 'text', text: 'practiceModelText' },
      { kind: 'heading', id: 'prompt', text: 'practicePrompt' },
      { kind: 'text', text: 'practicePromptText' },
      { kind: 'heading', id: 'patience', text: 'practicePatience' },
      { kind: 'text', text: 'practicePatienceText' },
      { kind: 'heading', id: 'again', text: 'practiceAgain' },
      { kind: 'text', text: 'practiceAgainText' },
      { kind: 'heading', id: 'watch', text: 'practiceWatch' },
      { kind: 'text', text: 'practiceWatchText' },
      { kind: 'heading', id: 'history', text: 'practiceHistory' },
      { kind: 'text', text: 'practiceHistoryText' },
    ],
  },
  {
    path: 'faq',
    title: 'faqTitle',
    lead: 'faqLead',
    blocks: [
      {
        kind: 'questions',
        items: [
          ['faqFirst', 'faqFirstAnswer'],
          ['faqCode', 'faqCodeAnswer'],
          ['faqLost', 'faqLostAnswer'],
          ['faqLeaked', 'faqLeakedAnswer'],
          ['faqTwo', 'faqTwoAnswer'],
          ['faqWhere', 'faqWhereAnswer'],
          ['faqUsed', 'faqUsedAnswer'],
          ['faqReset', 'faqResetAnswer'],
          ['faqMany', 'faqManyAnswer'],
          ['faqTelegram', 'faqTelegramAnswer'],
          ['faqPhp', 'faqPhpAnswer'],
          ['faqHelp', 'faqHelpAnswer'],
        ],
      },
    ],
  },
];

/** In the reader's language. */
export function useGuide(): Array<Section<string>> {
  const t = useTexts('docsGuide');
  return SECTIONS.map(({ path, title, lead, blocks }) => ({
    path,
    title: t(title),
    lead: t(lead),
    blocks: blocks.map(block => said(block, t)),
  }));
}

function said(block: Block<Key>, t: (key: Key) => string): Block<string> {
  switch (block.kind) {
    case 'heading':
    case 'text':
    case 'note':
      return { ...block, text: t(block.text) };
    case 'list':
      return { kind: 'list', items: block.items.map(t) };
    case 'fields':
      return { kind: 'fields', rows: block.rows.map(([name, text]) => [name, t(text)]) };
    case 'questions':
      return {
        kind: 'questions',
        items: block.items.map(([question, answer]) => [t(question), t(answer)]),
      };
    case 'part':
      return block;
  }
}

/** All texts of a block, for the search. */
export function wordsOf(block: Block<string>): string {
  switch (block.kind) {
    case 'heading':
    case 'text':
    case 'note':
      return block.text;
    case 'list':
      return block.items.join(' ');
    case 'fields':
      return block.rows.flat().join(' ');
    case 'questions':
      return block.items.flat().join(' ');
    case 'part':
      return '';
  }
}
