// E-mail addresses, as liberal as shops and mail servers are: `sara&ali@example.com`, addresses of
// internationalised domains in either form. Whether anybody reads there, only a mail can tell.

const FORM =
  /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@(?:[\p{L}\p{N}\p{M}-]{1,63}\.)+[\p{L}\p{N}\p{M}-]{2,63}$/u;
const LONGEST = 254;

export function isMailAddress(text: string): boolean {
  return text.length <= LONGEST && FORM.test(text);
}
