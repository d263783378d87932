// Decides which addresses in a text become links or pictures. All others stay text.

const FOLLOWED = /^(https?:\/\/|mailto:)/i;
/** Only pictures inside the answer: loading one from another host would tell that host who reads. */
const PICTURE = /^data:image\/(png|jpe?g|webp|gif);base64,[a-z\d+/=]+$/i;
/** Addresses within our pages; not `//host`, which is another host. */
const OWN = /^(\/(?![/\\])|#)/;

/** `isOwn`: the text is ours, so it may also link to our pages. */
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

/** Browsers ignore tabs and line ends in addresses, as in `java\tscript:`. */
function withoutControls(address: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return address.trim().replace(/[\u0000-\u001f\u007f]/g, '');
}
