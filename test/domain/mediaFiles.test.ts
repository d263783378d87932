// What files are by their first bytes, how large and how long.

import { describe, expect, test } from '@jest/globals';
import { audioSecondsOf, audioTypeOf, mostSecondsOf } from '../../src/domain/audio.js';
import { isStrictBase64, tidyBase64 } from '../../src/domain/base64.js';
import type { Model } from '../../src/domain/catalog.js';
import { imageTypeOf, readDataImage } from '../../src/domain/dataImage.js';
import { imageSizeOf } from '../../src/domain/imageSize.js';
import { beginningOf, bodyText } from '../../src/domain/longTexts.js';
import { FormFile } from '../../src/domain/native.js';
import { orderFor, videoTypeOf } from '../../src/domain/video.js';

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const latin = (text: string) => Buffer.from(text, 'latin1');

describe('a file is of the type that its first bytes are', () => {
  test.each<[string | null, Buffer]>([
    ['mp3', latin('ID3\x04')],
    ['mp3', hex('fffb90')],
    ['mp3', hex('fff3')],
    ['mp3', hex('fff2')],
    ['mp3', hex('fffa')],
    ['wav', latin('RIFF\x01\x02\x03\x04WAVE')],
    [null, latin('RIFF\x01\x02\x03\x04AVI ')],
    ['flac', latin('fLaC')],
    ['ogg', latin('OggS')],
    ['aac', hex('fff1')],
    ['aac', hex('fff9')],
    ['m4a', latin('\x00\x00\x00\x20ftypM4A')],
    ['webm', hex('1a45dfa3')],
    ['aiff', latin('FORM\x01\x02\x03\x04AIFF')],
    ['amr', latin('#!AMR\n')],
    [null, latin('#!AM')],
    [null, latin('%PDF-1.7')],
    [null, Buffer.alloc(0)],
  ])('%s of a sound', (type, bytes) => {
    expect(audioTypeOf(bytes)).toBe(type);
  });

  test.each<[string | null, Buffer]>([
    ['mp4', latin('\x00\x00\x00\x20ftypisom')],
    ['webm', hex('1a45dfa3')],
    [null, hex('1a45dfa4')],
    [null, latin('\x00\x00\x00\x20moov')],
  ])('%s of a video', (type, bytes) => {
    expect(videoTypeOf(bytes)).toBe(type);
  });

  test.each<[string | null, Buffer]>([
    ['image/png', hex('89504e470d0a1a0a')],
    [null, hex('89504e470d0a1a')],
    ['image/jpeg', hex('ffd8ffe0')],
    ['image/gif', latin('GIF87a')],
    ['image/gif', latin('GIF89a')],
    [null, latin('GIF88a')],
    ['image/webp', latin('RIFF\x01\x02\x03\x04WEBP')],
    [null, latin('RIFF\x01\x02\x03\x04WAVE')],
  ])('%s of an image', (type, bytes) => {
    expect(imageTypeOf(bytes)).toBe(type);
  });
});

describe('a sound lasts', () => {
  const wave = (bytes: number, format = 1, channels = 1, bits = 16) => {
    const file = Buffer.alloc(bytes);
    latin('RIFF____WAVEfmt ').copy(file);
    file.writeUInt16LE(format, 20);
    file.writeUInt16LE(channels, 22);
    file.writeUInt32LE(8_000, 24);
    file.writeUInt16LE(bits, 34);
    return file;
  };
  const later = (file: Buffer) => {
    latin('JUNK').copy(file, 12);
    return file;
  };
  const other = (file: Buffer) => {
    latin('JUNK').copy(file);
    return file;
  };
  const mp3 = (head: string, bytes: number) => Buffer.concat([hex(head)], bytes);
  const tag = (length: string) => Buffer.concat([latin('ID3'), hex('040000'), hex(length)]);

  test.each<[string, Buffer, number | null]>([
    ['as its samples say', wave(24_000), 1.5],
    ['of two channels half as long', wave(24_000, 1, 2), 0.8],
    ['of 24 bits', wave(24_000, 1, 1, 24), 1],
    ['of 12 bits, which take two bytes', wave(24_000, 1, 1, 12), 1.5],
    ['of floats', wave(32_000, 3, 1, 32), 1],
    ['of one telephone', wave(8_000, 6, 1, 8), 1],
    ['of the other', wave(8_000, 7, 1, 8), 1],
    ['with more properties', wave(16_000, 0xfffe), 1],
    ['nobody knows how long, if it is compressed', wave(16_000, 2), null],
    ['nobody knows how long, without channels', wave(16_000, 1, 0), null],
    ['nobody knows how long, if its head is cut off', wave(36).subarray(0, 35), null],
    ['if its head is all there is, no time', wave(36), 0],
    ['by its rate, of mpeg 1', mp3('fffb90', 32_000), 2],
    ['by its lowest rate', mp3('fffb10', 8_000), 2],
    ['by its highest rate', mp3('fffbe0', 80_000), 2],
    ['by its rate, of mpeg 2', mp3('fff390', 20_000), 2],
    ['nobody knows how long, of a free rate', mp3('fffb00', 20_000), null],
    ['nobody knows how long, of a rate that there is not', mp3('fffbf0', 20_000), null],
    [
      'by the rate behind its tag',
      Buffer.concat([tag('00000203'), Buffer.alloc(259), hex('fffb90')], 32_000),
      2,
    ],
    ['nobody knows how long, without a frame', Buffer.concat([tag('00000000')], 32_000), null],
    [
      'nobody knows how long, with half of one',
      Buffer.concat([tag('00000000'), hex('ff1f90')], 32_000),
      null,
    ],
    ['nobody knows how long, of a head that looks like one', mp3('fff150', 32_000), null],
    [
      'nobody knows how long, where its tag ends',
      Buffer.concat([tag('00000000'), hex('00fb90')], 32_000),
      null,
    ],
    ['nobody knows how long, if its properties come later', later(wave(16_000)), null],
    ['nobody knows how long, of another type', mp3('664c6143', 32_000), null],
  ])('%s', (_name, bytes, seconds) => {
    expect(audioSecondsOf(bytes)).toBe(seconds);
  });

  test.each<[string, Buffer, number, number]>([
    ['its rate', wave(64), 32_000, 2],
    ['a second that it begins', wave(64), 32_001, 3],
    ['the lowest rate of speech, if it says less', wave(64, 1, 1, 0), 5_000, 5],
    ['that rate, if only its properties are those of a wave', other(wave(64)), 32_000, 32],
    ['that rate, if it is no wave', mp3('fffbe0', 64), 5_000, 5],
  ])('at most as long as by %s', (_name, head, bytes, seconds) => {
    expect(mostSecondsOf(head, bytes)).toBe(seconds);
  });

  test('as its head says, wherever in memory it lies', () => {
    const room = Buffer.concat([Buffer.alloc(7), wave(16_000)]);
    expect(audioSecondsOf(new Uint8Array(room.buffer, room.byteOffset + 7, 16_000))).toBe(1);
  });
});

describe('an image has the size that its head says', () => {
  const webp = (kind: string, head: string) =>
    Buffer.concat([latin(`RIFF____WEBP${kind}____`), hex(head)], 30);
  const jpeg = (...segments: string[]) => hex(`ffd8${segments.join('')}`);
  const frame = (marker: string) => `ff${marker} 0011 08 012c 0190`;
  const size = { width: 400, height: 300 };
  test.each<[string, Buffer, typeof size | null]>([
    ['gif', latin('GIF89a\x90\x01\x2c\x01'), size],
    ['gif, cut off', latin('GIF89a\x90\x01\x2c'), null],
    ['lossy webp, without what scales it', webp('VP8 ', '000000 9d012a 9041 2c81'), size],
    ['lossless webp', webp('VP8L', '2f 8fc14a10'), size],
    ['extended webp', webp('VP8X', '00000000 8f0100 2b0100'), size],
    ['webp of another kind', webp('ALPH', '2f 8fc14a10'), null],
    ['webp, cut off', webp('VP8L', '2f 8fc14a10').subarray(0, 29), null],
    ['jpeg', jpeg(frame('c0')), size],
    ['progressive jpeg', jpeg(frame('c2')), size],
    ['jpeg of the last kind', jpeg(frame('cf')), size],
    ['jpeg behind other segments', jpeg('ffe0 0004 0000', 'ffdb 0003 00', frame('c0')), size],
    [
      'jpeg behind tables that look like frames',
      jpeg(
        'ffc4 0009 08 0001 0001 0000',
        'ffc8 0009 08 0001 0001 0000',
        'ffcc 0009 08 0001 0001 0000',
        frame('c1'),
      ),
      size,
    ],
    ['jpeg with something else than a segment', jpeg('ffe0 0004 0000', '00', frame('c0')), null],
    ['jpeg without a frame', jpeg('ffd0 0011 08 012c 0190'), null],
    ['jpeg, cut off in its frame', jpeg(frame('c0')).subarray(0, -1), null],
    ['jpeg with what is no segment', jpeg('00c0 0011 08 012c 0190'), null],
    [
      'jpeg behind a segment before all frames',
      jpeg('ff01 0009 08 0001 0001 0000', frame('c0')),
      size,
    ],
    [
      'another file with such a part',
      Buffer.concat([latin('RIFF____WAVEVP8L____'), hex('2f 8fc14a10')], 30),
      null,
    ],
    ['png, cut off', Buffer.concat([hex('89504e47'), Buffer.alloc(19)]), null],
    ['jpeg that ends at once', hex('ffd8ff'), null],
    ['nothing', Buffer.alloc(0), null],
    ['what begins as nothing else does', Buffer.concat([hex('0000'), hex(frame('c0'))]), null],
    ['png without a width', Buffer.concat([hex('89504e47'), Buffer.alloc(19), hex('01')]), null],
    ['gif without a height', latin('GIF89a\x90\x01\x00\x00'), null],
    [
      'png as small as can be',
      Buffer.concat([hex('89504e47'), Buffer.alloc(12), hex('00000190 0000012c')]),
      size,
    ],
  ])('%s', (_name, bytes, expected) => {
    expect(imageSizeOf(bytes)).toEqual(expected);
  });
});

describe('a data URL of an image', () => {
  const png = hex('89504e470d0a1a0a000000').toString('base64');
  const webp = latin('RIFF\x01\x02\x03\x04WEBP').toString('base64');
  const jpeg = hex('ffd8ffe0').toString('base64');
  test.each([
    [`data:image/png;base64,${png}`, `data:image/png;base64,${png}`],
    [`DATA:Image/PNG;BASE64,${png}`, `data:image/png;base64,${png}`],
    [`data:image/jpg;base64,${jpeg}`, `data:image/jpeg;base64,${jpeg}`],
    [`data:image/webp;base64,${webp}`, `data:image/webp;base64,${webp}`],
  ])('%s is %s', (url, written) => {
    const read = readDataImage(bodyText(url));
    expect('url' in read ? beginningOf(read.url) : read.fault).toBe(written);
  });

  test.each([
    [`https://example.com/?data:image/png;base64,${png}`, 'not_a_data_url'],
    ['data:image/png,x', 'not_a_data_url'],
    [`data:image/svg+xml;base64,${png}`, 'type_not_allowed'],
    [`data:image/png;base64,${png}=`, 'not_base64'],
    ['data:image/png;base64,', 'not_base64'],
    [`data:image/png;base64,${jpeg}`, 'not_that_image'],
    [`data:image/webp;base64,${latin('RIFF').toString('base64')}`, 'not_that_image'],
  ])('%s is refused as %s', (url, fault) => {
    expect(readDataImage(bodyText(url))).toEqual({ fault });
  });
});

describe('strict base64 is, or is not, a text', () => {
  const long = Buffer.alloc(100_000, 'data').toString('base64');
  test.each<[string, string, boolean]>([
    ['without padding', 'YWJj', true],
    ['with one character of it', 'YWI=', true],
    ['with two', 'YQ==', true],
    ['with three', 'Y===', false],
    ['of nothing', '', false],
    ['cut off', 'YWJ', false],
    ['with a minus', 'YW-j', false],
    ['with an underscore', 'YW_j', false],
    ['with a space', 'YW j', false],
    ['with padding inside', 'YQ==YQ==', false],
    ['that is long', long, true],
    ['that is long, with padding inside', `${'A'.repeat(32_768 - 4)}YQ==AAAA`, false],
    ['that is long, with padding', `${'A'.repeat(32_768)}AA==`, true],
    ['that is long, with what is none', `${'A'.repeat(32_768)}AA*=`, false],
    ['that is as long as one piece', `${'A'.repeat(32_768 - 2)}==`, true],
  ])('%s', (_name, text, isStrict) => {
    expect(isStrictBase64(text)).toBe(isStrict);
    expect(isStrictBase64(latin(text))).toBe(isStrict);
  });
});

describe('base64', () => {
  test.each<[string, string, string | null]>([
    ['as it should be', 'YWJj+/==', 'YWJj+/=='],
    ['in lines', 'YWJj\r\n  YWJj\n', 'YWJjYWJj'],
    ['between spaces', ' YWJj ', 'YWJj'],
    ['with tabs', '\tYWJj\tYWJj', 'YWJjYWJj'],
    ['without its padding', 'YWJjYQ', 'YWJjYQ=='],
    ['with half of it', 'YWJjYQ=', 'YWJjYQ=='],
    ['safe for URLs, each letter', '-_-_', '+/+/'],
    ['with a space inside, which may have been a plus', 'YW Jj', null],
    ['that is none', 'a?b!', null],
    ['of nothing', ' ', null],
    ['with padding inside', 'YQ==YQ', null],
  ])('%s is tidied up, or is none', (_name, text, tidy) => {
    expect(tidyBase64(text)).toBe(tidy);
  });
});

test('the bytes of a form’s file are no field, so nobody who walks through fields meets them', () => {
  const file = new FormFile('a.wav', 'audio/wav', latin('RIFF'), 'digest');
  expect(file.bytes).toEqual(latin('RIFF'));
  expect(Object.entries(file)).toEqual([
    ['name', 'a.wav'],
    ['type', 'audio/wav'],
    ['digest', 'digest'],
  ]);
});

describe('of a video a model makes', () => {
  const names = { seconds: 'duration', size: 'resolution' };
  const model = (video: object | undefined) => ({ card: { video } }) as Model;
  const maker = model({ durations: [8, 4], resolutions: ['1280x720', '720x1280'] });

  test.each([
    [{}, { seconds: 8, size: '1280x720' }],
    [{ seconds: 4 }, { seconds: 4, size: '1280x720' }],
    [{ size: '720x1280' }, { seconds: 8, size: '720x1280' }],
  ])('what is asked for, and its first choice of what is not: %p', (asked, order) => {
    expect(orderFor({ ...asked, names }, maker)).toEqual({ kind: 'order', ...order });
  });

  test.each([
    [{ seconds: 5 }, maker, 'duration', '8 | 4'],
    [{ size: '1x1' }, maker, 'resolution', '1280x720 | 720x1280'],
    [{ seconds: 4 }, model(undefined), 'duration', ''],
    [{ size: '1280x720' }, model(undefined), 'resolution', ''],
  ])('nothing else, and it says what it makes: %p', (asked, of, field, expected) => {
    const refusal = orderFor({ ...asked, names }, of);
    expect(refusal).toMatchObject({
      kind: 'refusal',
      field,
      message: { parameters: { expected } },
    });
  });
});
