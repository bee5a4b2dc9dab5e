/** Names as a query holds them, variables filled in; "all" of a variable means no choice. */
export function servicesOf(named: string[], fill: (text: string) => string): string[] {
  const names = named.flatMap((name) => fill(name).split(',')).map((name) => name.trim());
  return names.some((name) => name === '$__all' || name === '*') ? [] : [...new Set(names.filter((name) => name !== ''))];
}
