/** Text from the machine made safe to show: without control characters, escape sequences and hidden characters. */

// ECMA-48, 7-bit and 8-bit introducers: CSI sequences, strings up to their terminator or the end of the line (OSC, DCS,
// SOS, PM, APC), and the short escapes. No class contains what opens a sequence, so none is looked at twice.
const escapes =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\n\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

// C0 and C1 but for tab and newline; what turns the direction of text; invisible characters, the tags of plane 14 among
// them, that a model reads and a person does not see; lone surrogates.
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const suspicious = /[^\n\t\u0020-\u007e\u00a0-\u0600]/;

/** The text without control characters (newlines and tabs stay), at most `maxLength` UTF-16 units, cut with `…`. */
export function cleanText(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  const clean = suspicious.test(text) ? text.replace(escapes, '').replace(unseen, '') : text;
  if (clean.length <= maxLength) return clean;
  const end = Math.max(0, maxLength - 1);
  // A pair of surrogates is not cut in two.
  const whole = /[\ud800-\udbff]/.test(clean.charAt(end - 1)) ? end - 1 : end;
  return `${clean.slice(0, whole)}…`;
}

/** The same on one line. */
export const cleanLine = (text: string, maxLength?: number): string =>
  cleanText(text, maxLength).replace(/[\n\t]/g, ' ');
