/**
 * What secrets look like and what they are called, as patterns that no text can make slow. What is done with them others
 * decide.
 */

/**
 * Each shape as what may stand before it and the secret itself. A repetition without a bound is either the end of its
 * shape or ends where the next match could begin, so that no text is read more than a few times over.
 */
export const shapes: readonly RegExp[] = [
  // PEM (RFC 7468) and OpenPGP private keys, also cut off and with their line breaks escaped.
  /()(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.()]|\\+[nr]|-(?!----))*(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?)/g,
  // This daemon's own tokens.
  /()((?<![\w-])(?:sm1\.[\w-]{8,}(?:\.[\w-]+)?|sms_[\w-]{16,}))/g,
  // JSON Web Tokens and their encrypted kin (RFC 7519).
  /()((?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*)/g,
  // Keys that their makers gave a prefix: AWS, GitHub, GitLab, Slack, Stripe and others.
  /()((?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|sk-[\w-]{20,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_\w{16,}))/g,
  // Google, npm, PyPI, Hugging Face, SendGrid, Tailscale, Docker, age, Telegram.
  /()((?<![A-Za-z0-9])(?:AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|hf_[A-Za-z0-9]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|tskey-[a-z]{2,16}-[A-Za-z0-9-]{10,}|dckr_pat_[\w-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}|\d{8,10}:AA[\w-]{32,}))/g,
  /(hooks\.slack\.com\/services\/)([A-Za-z0-9/]{20,})/g,
  // Hashes of passwords, crypt(5).
  /()((?<![A-Za-z0-9$])\$(?:1|2[abxy]|5|6|7|y|gy|argon2id?|scrypt)\$[A-Za-z0-9./$=,+]{20,})/g,
  // Credentials of HTTP (RFC 9110, section 11.4) outside of their header; words alone are not one.
  /(\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s{1,4})((?=[A-Za-z._~+/-]{0,64}(?:[0-9=]|(?<=[a-z])[A-Z]))[\w.~+/=-]{8,}|[\w.~+/=-]{32,})/g,
  // The password in the authority of a URL (RFC 3986, section 3.2.1).
  /(:\/\/[^\s:/@"'`\\<>]{0,256}:)([^\s/"'`\\<>‹]{1,512})(?=@)/g,
  // The same without a scheme, where it is all of a text: as somebody may name an image. A digest is no host.
  /(^[^\s:/@"'`\\<>]{1,64}:)([^\s:/@"'`\\<>‹]{1,512})(?=@[\w.-]{1,253}(?::\d{1,5})?(?:\/\S*)?$)/g,
  // curl -u name:password; two numbers are a user and a group.
  /((?:^|\s)(?:-u|--user)[ =][^\s:"'\\]{1,64}:)((?!\d+(?![^\s"'\\]))[^\s"'\\‹]+)/g,
];

const key = (...kinds: string[]) => `(?:${kinds.join('|')})[_-]?key`;

/** How things are called that are secret, as the end of a longer name or alone. */
const secretNames = [
  'pass(?:word|wd|phrase|code)s?',
  'pwd',
  'secrets?',
  'token',
  'credentials?',
  'cookies?',
  '(?:proxy-?)?authorization',
  'session[_-]?id',
  'connection[_-]?string',
  'x-amz-signature',
  key('api', 'app', 'access', 'account', 'private', 'secret', 'signing', 'encryption', 'master', 'storage'),
].join('|');
const secretTail =
  '(?:[_-]?(?:(?:access[_-]?)?key(?:[_-]?base)?|value|hash|base64|b64))?\\d{0,2}(?![A-Za-z])';

/** `pass` is an everyday word: it counts as the end of a name, before `=` and as a member of an object. */
const shortName = `(?:(?<=[_-])|(?<![A-Za-z])(?=pass\\s{0,4}=)|(?<=["'])(?=pass\\\\*["']))pass`;

/** A name in a text that may have its secret behind it; not the word inside a pseudonym. */
export const named = new RegExp(`(?<!‹)(?:${secretNames}|${shortName})${secretTail}`, 'gi');
/** The name of a member of an object whose value is a secret, whatever it looks like. */
export const memberName = new RegExp(`(?:(?:${secretNames})${secretTail}|(?:^|[_-])pass|^auth)$`, 'i');

/** A text that names or looks like no secret at all is most of them: one look is enough. */
export const hint = new RegExp(
  `-----BEGIN|sm1\\.|sms_|eyJ|A[KS]IA|gh[pousr]_|github_pat|gl[a-z]{2,5}-|xox|sk-|[rs]k_|whsec_|AIza|ya29|npm_|pypi-|hf_|SG\\.|tskey|dckr_|AGE-|:AA|hooks\\.slack|\\$[a-z0-9]|bearer|basic|:\\/\\/|^[^\\s:/@]{1,64}:[^\\s/@]{1,512}@|-u|pass|${secretNames}`,
  'i',
);
