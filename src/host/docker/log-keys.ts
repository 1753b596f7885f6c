/** Private keys (RFC 7468) that were logged a line at a time: no line but the first shows what it belongs to. */

const begin = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----/;
const end = /-----END [A-Z ]{0,30}PRIVATE KEY/;
const body = /^\s*[A-Za-z0-9+/=:,. -]*\s*$/;

/** Told of each line of one stream in order: whether it is the middle or the end of a key. */
export function openKeyLines(): (text: string) => boolean {
  let inKey = false;
  return (text) => {
    if (!inKey) {
      inKey = text.includes('PRIVATE KEY') && begin.test(text) && !end.test(text);
      return false;
    }
    inKey = !end.test(text) && body.test(text);
    return inKey || end.test(text);
  };
}
