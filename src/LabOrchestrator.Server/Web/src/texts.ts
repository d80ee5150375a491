export type Texts = Readonly<Record<string, string>>;

let texts: Texts | undefined;

/** Texts of the page's language, which the server puts into the page from its resource files. */
export function text(key: string, ...values: string[]): string {
  texts ??= JSON.parse(document.getElementById('texts')?.textContent ?? '{}') as Texts;
  const found = texts[key] ?? key;
  return values.reduce((filled, value, index) => filled.replaceAll(`{${index}}`, value), found);
}

/** Takes other texts; for tests. */
export function useTexts(other: Texts | undefined): void {
  texts = other;
}
