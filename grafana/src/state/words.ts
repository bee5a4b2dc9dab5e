type Words = Record<string, string | number | boolean | undefined | null>;

/** Address words with some changed; empty ones leave the address. */
export function withWords(search: URLSearchParams, words: Words): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(words)) {
    if (value === undefined || value === null || value === '' || value === false) {
      next.delete(name);
    } else {
      next.set(name, String(value));
    }
  }
  return next;
}

export function listOf(word: string): string[] {
  return word.split(',').filter((part) => part !== '');
}
