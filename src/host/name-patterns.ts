/** Patterns of names with `*` for anything. */

/** The patterns made ready for many names, in any case. Takes time linear in the name for each `*`. */
export function namePatterns(patterns: readonly string[]): (name: string) => boolean {
  const whole = new Set<string>();
  const starred: ((name: string) => boolean)[] = [];
  for (const pattern of patterns.map((one) => one.toLowerCase())) {
    if (pattern.includes('*')) starred.push(starMatcher(pattern));
    else whole.add(pattern);
  }
  return (name) => {
    const lower = name.toLowerCase();
    return whole.has(lower) || starred.some((matches) => matches(lower));
  };
}

/** Whether a whole name fits one pattern, in the case that both have. */
export const fitsPattern = (name: string, pattern: string): boolean =>
  pattern.includes('*') ? starMatcher(pattern)(name) : name === pattern;

function starMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop() ?? '';
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
