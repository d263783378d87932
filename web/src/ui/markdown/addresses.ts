// Which addresses in a text may be followed or shown. Everything else stays text.

const FOLLOWED = /^(https?:\/\/|mailto:)/i;
/** Pictures that came with the answer: a picture from elsewhere would tell that host who reads. */
const PICTURE = /^data:image\/(png|jpe?g|webp|gif);base64,[a-z\d+/=]+$/i;
/** Within the pages; not `//host`, which is elsewhere. */
const OWN = /^(\/(?![/\\])|#)/;

/** `isOwn`: the text is ours, so it may also lead within the pages. */
export function safeLink(href: string, isOwn = false): string | null {
  const address = withoutControls(href);
  if (isOwn && OWN.test(address)) return address;
  return FOLLOWED.test(address) && URL.canParse(address) ? address : null;
}

export function safePicture(source: string, isOwn = false): string | null {
  const address = withoutControls(source);
  if (isOwn && OWN.test(address)) return address;
  return PICTURE.test(address) ? address : null;
}

/** Browsers leave out tabs and line ends: `java\tscript:`. */
function withoutControls(address: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return address.trim().replace(/[\u0000-\u001f\u007f]/g, '');
}
