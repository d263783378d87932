// A request of any kind, and what answers it: of a chat, or of a call that is handed on as it came.

import type { ChatRequest, StreamEnd, StreamPiece, UpstreamAnswer } from './chat.js';
import type { NativeAnswer, NativeEnd, NativePiece, NativeRequest } from './native.js';

export type CallRequest = ChatRequest | NativeRequest;
export type AnyAnswer = UpstreamAnswer | NativeAnswer;
export type AnyPiece = StreamPiece | NativePiece;
export type AnyEnd = StreamEnd | NativeEnd;
