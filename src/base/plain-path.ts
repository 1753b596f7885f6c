/** Absolute paths as people type them. */

/** Without doubled, trailing or dotted parts; undefined for what is relative or has `..` or control characters in it. */
export function plainPath(given: string): string | undefined {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (!given.startsWith('/') || parts.includes('..') || /[\u0000-\u001f\u007f-\u009f]/.test(given)) return;
  return `/${parts.join('/')}`;
}

/** Whether a plain path is a folder's own or one below it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`);
