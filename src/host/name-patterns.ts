/** Patterns of names with `*` for anything. */

type Matcher = (text: string) => boolean;

/** The patterns made ready for many names, in any case. Takes time linear in the name for each `*`. */
export function namePatterns(patterns: readonly string[]): Matcher {
  // By the character that a name must begin or else end with: most names are asked about none.
  const byFirst = new Map<string, Matcher[]>();
  const byLast = new Map<string, Matcher[]>();
  const others: Matcher[] = [];
  for (const pattern of patterns.map((one) => one.toLowerCase())) {
    const matches = matcherOf(pattern);
    const [first, last] = [pattern[0] ?? '', pattern.at(-1) ?? ''];
    if (first !== '*') addTo(byFirst, first, matches);
    else if (last !== '*') addTo(byLast, last, matches);
    else others.push(matches);
  }
  return (name) => {
    const lower = name.toLowerCase();
    return (
      anyMatches(byFirst.get(lower[0] ?? ''), lower) ||
      anyMatches(byLast.get(lower[lower.length - 1] ?? ''), lower) ||
      anyMatches(others, lower)
    );
  };
}

function addTo(lists: Map<string, Matcher[]>, key: string, matches: Matcher): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [matches]);
  else list.push(matches);
}

function anyMatches(list: readonly Matcher[] | undefined, name: string): boolean {
  if (list !== undefined) for (const matches of list) if (matches(name)) return true;
  return false;
}

/** Whether a whole name fits one pattern, in the case that both have. */
export const fitsPattern = (name: string, pattern: string): boolean => matcherOf(pattern)(name);

const matcherOf = (pattern: string): Matcher =>
  pattern.includes('*') ? starMatcher(pattern) : (name) => name === pattern;

function starMatcher(pattern: string): Matcher {
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
