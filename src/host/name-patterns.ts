/** Patterns of names with `*` for anything. */

type Matcher = (text: string) => boolean;

/** The patterns made ready for many names, in any case. Takes time linear in the name for each `*`. */
export function namePatterns(patterns: readonly string[]): Matcher {
  const whole = new Set<string>();
  const starred: Matcher[] = [];
  for (const pattern of patterns.map((one) => one.toLowerCase())) {
    if (pattern.includes('*')) starred.push(starMatcher(pattern));
    else whole.add(pattern);
  }
  return (name) => {
    const lower = name.toLowerCase();
    if (whole.has(lower)) return true;
    for (const matches of starred) if (matches(lower)) return true;
    return false;
  };
}

/** Whether a whole name fits one pattern, in the case that both have. */
export const fitsPattern = (name: string, pattern: string): boolean =>
  pattern.includes('*') ? starMatcher(pattern)(name) : name === pattern;

function starMatcher(pattern: string): Matcher {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop() ?? '';
  // What nearly all are, and asked of each name in a tree.
  if (parts.length === 0 && last === '') return (name) => name.startsWith(first);
  if (parts.length === 0 && first === '') return (name) => name.endsWith(last);
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}
