// Pictures, files, voice and videos that go with a message.

import type { MODALITIES } from '../../api/lists.js';
import { newId } from '../../ui/newId.js';

type Modality = (typeof MODALITIES)[number];

export interface Attachment {
  id: string;
  name: string;
  modality: Modality;
  /** `data:image/png;base64,...` */
  url: string;
}

/** The service accepts bodies of up to 20 MiB. Some of that is left for the texts. */
export const MOST_BYTES = 20 * 1024 * 1024;

/** The types that the file dialog offers. */
export const ACCEPTED: Record<Modality, string> = {
  text: '',
  image: 'image/*',
  file: 'application/pdf,text/*,.md,.csv,.json,.docx',
  audio: 'audio/*',
  video: 'video/*',
};

/** Text files become a part of the message, so that every model can read them. */
const TEXT_FILE = /^text\/|^application\/(json|xml|x-yaml|javascript)$/;
const TEXT_NAME =
  /\.(md|txt|csv|tsv|json|ya?ml|xml|log|[jt]sx?|py|php|sh|sql|css|go|rs|java|c|cpp|h)$/i;

export async function attach(file: File): Promise<Attachment> {
  const modality = modalityOf(file);
  const url = await dataUrlOf(modality === 'image' ? await drawable(file) : file);
  return { id: newId(), name: file.name || modality, modality, url };
}

function modalityOf({ type, name }: File): Modality {
  if (TEXT_FILE.test(type) || (TEXT_NAME.test(name) && !type.startsWith('video/'))) return 'text';
  const [kind] = type.split('/');
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file';
}

const SENT_AS_IT_IS = /^image\/(png|jpeg|webp|gif)$/;

/** Converts other pictures to PNG, such as a phone's HEIC, if the browser can draw them. */
async function drawable(file: File): Promise<Blob> {
  if (SENT_AS_IT_IS.test(file.type)) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    return await canvas.convertToBlob({ type: 'image/png' });
  } catch {
    // Sent as it is: the service will say what is wrong with it.
    return file;
  }
}

function dataUrlOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

export function textIn({ url }: Attachment): string {
  const bytes = Uint8Array.from(atob(base64Of(url)), letter => letter.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

export function base64Of(url: string): string {
  return url.slice(url.indexOf(',') + 1);
}

const AUDIO_FORMATS: Record<string, string> = {
  mpeg: 'mp3',
  mp3: 'mp3',
  wav: 'wav',
  'x-wav': 'wav',
  wave: 'wav',
  flac: 'flac',
  'x-flac': 'flac',
  mp4: 'm4a',
  'x-m4a': 'm4a',
  m4a: 'm4a',
  ogg: 'ogg',
  aiff: 'aiff',
  aac: 'aac',
};

export function audioFormatOf({ url, name }: Attachment): string {
  const type = /^data:audio\/([\w.+-]+)/.exec(url)?.[1] ?? '';
  return AUDIO_FORMATS[type] ?? name.split('.').at(-1)?.toLowerCase() ?? '';
}
