export default {
  startTitle: 'Quick start',
  startLead: 'From nothing to the first answer of a model, in three steps.',
  startKey: '1. Get your key',
  startKeyText:
    'Buy a plan in the shop. The mail that follows has a link; it shows your license key. You find the key again in [your account](/account), whenever you need it.',
  startSend: '2. Send a request',
  startSendText:
    'A request names the key, a model and your question. Paste one of these: they are for this very server.',
  startRead: '3. Read the answer',
  startReadText:
    'The answer of the model is in `reply`. Beside it stands what you have left, in every answer.',
  startNoCode:
    'Not a programmer? The [playground](/playground) does all of this with a text field and a button.',
  requestTitle: 'The request',
  requestLead:
    'There are two forms. They cost the same and reach the same models: use the one that suits you.',
  requestShort: 'The short form',
  requestShortText:
    '`POST /api/chat_v3` with JSON. The old address `/api/chat_v3.php` goes on working.',
  fieldApiKey: 'Your license key. It may come in a header instead.',
  fieldModel: 'Which model answers: an id or another name from the [list of models](/docs/models).',
  fieldPrompt: 'Your question or instruction.',
  fieldMessages:
    'Optional: what was said before, as a list of objects with `role` and `content`. A model remembers nothing by itself.',
  fieldImage:
    'Optional: an image as a data URL, for a model that accepts images. See [images](/docs/vision).',
  fieldStream: 'Optional: `true` sends the answer piece by piece, as it is written.',
  requestOpenAi: 'OpenAI’s form',
  requestOpenAiText:
    '`POST /v1/chat/completions`, exactly as OpenAI describes it: streams, tools, images, PDF, audio. Libraries and programs made for OpenAI need only another base URL and key: [how to set up yours](/docs/clients).',
  requestOpenAiFields:
    'A field that the chosen model does not know is left out. A field that could spend more than one request is refused, and the error names it.',
  requestKey: 'Where the key goes',
  requestKeyBearer: 'As `Authorization: Bearer` with the key: what every OpenAI client does.',
  requestKeyHeader: 'As `X-API-Key`, if your program uses the other header for something else.',
  requestKeyBody: 'As `api_key` in the body: only in the short form.',
  requestSecret:
    'The key is like money. Keep it on your server: never in a page, an app or a public repository.',
  requestLanguage: 'The language of messages',
  requestLanguageText:
    'Errors come in Persian in the short form, and in English in OpenAI’s form. With the header `Accept-Language: fa`, `en` or `zh-TW` they come in that language. The code beside them is the same in all.',
  requestLimits: 'How large it may be',
  limitSize: 'At most 20 MiB, images included.',
  limitType: 'JSON in UTF-8, with the header `Content-Type: application/json`, not compressed.',
  limitN: 'One answer for each request: `n` is always 1.',
  plansTitle: 'Plans and add-ons',
  plansLead: 'A plan says which models you may use, and how many requests you have in each month.',
  plansText:
    'Requests to OpenRouter and to OpenAI are counted separately. Each [model’s page](/docs/models) says the lowest plan that has it.',
  addonsTitle: 'Add-ons',
  addonsText:
    'More requests when a month is too short. Each add-on is for one of the two counters.',
  addonsOrder: 'First the month’s own requests are used, then add-ons, the oldest first.',
  addonsKept: 'What is left of an add-on that lasts until it is used goes on into the next month.',
  addonsWait:
    'An add-on that needs a higher plan waits, and nothing of it is lost: it counts as soon as you have the plan.',
  countingTitle: 'How it is counted',
  countingLead: 'A request that was answered costs one. A request that failed costs nothing.',
  countOne: 'It does not matter how long the question or the answer is.',
  countTwo: 'There are two counters, OpenRouter and OpenAI. The model decides which one is used.',
  countMonth:
    'The counters start again with each month. Requests are not carried over, but add-ons are.',
  countKey: 'All programs with the same key share one quota.',
  countExact:
    'A limit of 100 lets exactly 100 requests through, however many come at the same moment.',
  countFree: 'What costs nothing',
  freeFailure:
    'Anything that goes wrong on the model’s side: an error, no answer in time, an answer that breaks off.',
  freeRefusal: 'Every refusal: a wrong key, a wrong field, a used-up limit.',
  freeLeft: 'A request that you end before the answer begins.',
  freeRepeat: 'The same request again with the same `Idempotency-Key`, for 24 hours.',
  countCharged: 'What costs one request',
  chargedAnswer: 'An answer with content.',
  chargedStream: 'A stream that you leave after its first words.',
  chargedEmpty:
    'An empty answer that ended because of your own limit, for example a `max_tokens` that is too small.',
  countSee: 'Where you see it',
  seeHeader: 'The header `X-Quota-Charged` says what each request cost.',
  seeAnswer: '`usage` and `usage_breakdown` of every answer say what is left.',
  seeAccount: '[Your account](/account) lists every request, with its day, model and cost.',
  seeApi:
    'A program asks `GET /api/license`, with the key in `Authorization: Bearer`. It costs nothing.',
  responseTitle: 'The answer',
  responseLead: 'JSON with what the model said and what you have left.',
  answerError: '`false` if all went well. With `true`, `message` and `code` say why not.',
  answerReply: 'What the model answered.',
  answerModel: 'The model that answered.',
  answerSource: 'Whose counter was used: `openrouter` or `openai`.',
  answerPlan: 'Your plan.',
  answerUsage: 'All counters together, for a simple display.',
  answerBreakdown: 'Each counter by itself. These are the numbers that decide.',
  responseOpenAi: 'In OpenAI’s form',
  responseOpenAiText:
    'The answer is OpenAI’s object. Beside its fields there are `quota` (the counter that was used, with `resets_at`) and `usage_breakdown`. Libraries that do not know them pass over them.',
  responseStream: 'As a stream',
  responseStreamText:
    'With `stream` the answer comes as server-sent events. In the short form each has a piece in `delta`; the last but one is the whole answer.',
  responseStreamEnd:
    'A stream always ends with `[DONE]` or with an event that has an error. If it ends otherwise, the connection broke: nothing was charged if no content came.',
  responseHeaders: 'Headers worth keeping',
  headerRequestId: 'The id of this request. Give it to support, and they find it at once.',
  headerCharged: 'What this request cost; 0 means nothing. If it is missing, it is not known yet.',
  headerRemaining: 'What is left of the counter that was used.',
  headerRetryAfter: 'How many seconds to wait before trying again.',
  visionTitle: 'Images',
  visionLead:
    'Some models see: they describe an image, read the text in it and answer questions about it.',
  visionText:
    'In the short form the image goes into `image_url` as a data URL. In OpenAI’s form it is a part of the message, and may also be a public address.',
  visionTypes: 'PNG, JPEG, WebP and GIF.',
  visionSmall:
    'Make it small: about 1,000 pixels on the longer side are enough for most questions.',
  visionUrl:
    'A public address is fetched by the model’s provider, not by us. If it fails, send a data URL.',
  visionOthers:
    'Some models also read PDF files, audio and video. Each model’s page says what it accepts.',
  visionWrongModel:
    'A model that does not see answers with the error [content_not_supported](/docs/errors#content_not_supported), which names models of your plan that do. It costs nothing.',
  errorsTitle: 'Errors',
  errorsLead:
    'Each error has a code for your program and a message for people. None of them costs a request, unless it says so.',
  errorsText:
    'Let your program decide by `code`, and show or log `message`. The status has its usual meaning in HTTP: you can fix a 4xx, a 5xx is ours or the model’s.',
  samplesTitle: 'Samples',
  samplesLead:
    'Whole programs for the command line, JavaScript, Python and PHP, with this server’s address.',
  samplesShort: 'The short form',
  samplesShortText: 'Needs no library. Good for a first try and for small scripts.',
  samplesOpenAi: 'OpenAI’s form',
  samplesOpenAiText: 'With the official libraries, in languages that have one.',
  samplesStream: 'As a stream',
  samplesStreamText: 'The words appear as they are written. This is what people expect of a chat.',
  samplesAgain: 'Safe to send again',
  samplesAgainText:
    'With an `Idempotency-Key` of your choice, a request is answered and charged once, however often it is sent within 24 hours.',
  practiceTitle: 'Best practice',
  practiceLead: 'Seven habits that save you requests, money and sleepless nights.',
  practiceSecret: 'Keep the key on your server',
  practiceSecretText:
    'Whoever has the key uses up your requests. Read it from an environment variable. If it leaked, replace it in [your account](/account): the old one can go on working for a day while you change your programs.',
  practiceModel: 'Use the smallest model that does the job',
  practiceModelText:
    'A light model answers in a moment and is enough for translating, summarising and sorting. Keep the strong ones for reasoning and code. Compare two of them side by side in the [playground](/playground).',
  practicePrompt: 'Say exactly what you want',
  practicePromptText:
    'Name the form, the length and the language of the answer, and give an example. One clear question costs less than three vague ones.',
  practicePatience: 'Wait 60 seconds, not 5',
  practicePatienceText:
    'Thirty to sixty seconds are a good limit for most models; models that reason need more. Use a stream, and nobody stares at an empty screen.',
  practiceAgain: 'Try again, but wisely',
  practiceAgainText:
    'Repeat after 502, 503 and 504, and after 429 with `Retry-After`, each time after a longer pause. Do not repeat [quota_exhausted](/docs/errors#quota_exhausted): it does not pass by itself. An `Idempotency-Key` makes repeating safe.',
  practiceWatch: 'Watch each counter',
  practiceWatchText:
    '`usage_breakdown` tells OpenRouter and OpenAI apart. Warn yourself at 80 percent, and not at the end.',
  practiceHistory: 'Send only the history that matters',
  practiceHistoryText:
    'Each turn of a conversation goes to the model again. The last ten are usually enough; a summary stands for the rest. Answers come sooner.',
  faqTitle: 'Questions and answers',
  faqLead: 'What people ask most.',
  faqFirst: 'What is an API, in one sentence?',
  faqFirstAnswer:
    'An address that your program sends a question to, and from which it gets the answer of a model.',
  faqCode: 'Can I use it without programming?',
  faqCodeAnswer:
    'Yes. Open the [playground](/playground), or set up a ready-made program such as Open WebUI: [it takes two fields](/docs/clients).',
  faqLost: 'I lost my key. What now?',
  faqLostAnswer:
    'Sign in at [your account](/account) with your e-mail address: we mail you a link, and you can see the key again.',
  faqLeaked: 'Somebody else has my key. What now?',
  faqLeakedAnswer:
    'Replace it in [your account](/account) and choose that the old one ends at once. What you have left and your add-ons stay.',
  faqTwo: 'Why are there two counters?',
  faqTwoAnswer:
    'OpenRouter and OpenAI are different providers with different prices. Your plan has a number for each; an add-on raises one of them.',
  faqWhere: 'Where did my requests go?',
  faqWhereAnswer:
    '[Your account](/account) lists each one with its time, its model and its cost. If a program sends more than you thought, you see it there.',
  faqUsed: 'My limit is used up in the middle of the month.',
  faqUsedAnswer:
    'An [add-on](/docs/plans#addons) gives more at once. A higher plan gives more every month.',
  faqReset: 'When does the count start again?',
  faqResetAnswer:
    'At the first moment of the next month, by the calendar of this service. `resets_at` in the answers has the exact time.',
  faqMany: 'Can I use one key in several projects?',
  faqManyAnswer: 'Yes. They share one quota, and the account shows all of it together.',
  faqTelegram: 'How do I make a Telegram bot?',
  faqTelegramAnswer:
    'It is about twenty lines: [here they are](/docs/clients#telegram). The bot hands on what a person writes and sends back the reply.',
  faqPhp: 'Does the old address chat_v3.php still work?',
  faqPhpAnswer: 'Yes, and it will go on working. Both addresses are the same.',
  faqHelp: 'I see an error that is not in the list.',
  faqHelpAnswer:
    'Write to support with the `X-Request-Id` of the answer. That number is enough to find what happened.',
} as const;
