// Subtitles of a transcription: SubRip (srt) and WebVTT (vtt).

import { listOf, recordOf, textOf } from '../../domain/unknownJson.js';

interface Segment {
  startSeconds: number;
  endSeconds: number;
  text: string;
}

/** `body` is a transcription with its segments. Without segments, the whole text is one. Silence has no subtitles. */
export function subtitlesOf(body: Record<string, unknown>, form: 'srt' | 'vtt'): string {
  const segments = listOf(body.segments).map(recordOf).map(segmentOf);
  const all = {
    startSeconds: 0,
    endSeconds: secondsOf(body.duration),
    text: textOf(body.text) ?? '',
  };
  const mark = form === 'srt' ? ',' : '.';
  const said = (segments.length > 0 ? segments : [all]).filter(({ text }) => text.trim() !== '');
  const blocks = said.map((segment, index) => {
    const { startSeconds, endSeconds, text } = segment;
    const time = `${clock(startSeconds, mark)} --> ${clock(endSeconds, mark)}`;
    // An empty line would end the subtitle, and an arrow would be read as its time.
    const lines = text
      .trim()
      .replace(/\s*[\r\n]\s*/g, '\n')
      .replaceAll('-->', '->');
    return `${form === 'srt' ? `${index + 1}\n` : ''}${time}\n${lines}\n\n`;
  });
  return `${form === 'vtt' ? 'WEBVTT\n\n' : ''}${blocks.join('')}`;
}

function segmentOf({ start, end, text }: Record<string, unknown>): Segment {
  return { startSeconds: secondsOf(start), endSeconds: secondsOf(end), text: textOf(text) ?? '' };
}

function secondsOf(value: unknown): number {
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** Formats an instant as `00:01:02,345`. */
function clock(seconds: number, mark: string): string {
  const ms = Math.round(seconds * 1000);
  const parts = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  const [hours, minutes, rest] = parts.map(part => String(Math.floor(part)).padStart(2, '0'));
  return `${hours}:${minutes}:${rest}${mark}${String(ms % 1000).padStart(3, '0')}`;
}
