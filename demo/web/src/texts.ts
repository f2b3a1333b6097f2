export type Say = (key: string, values?: Record<string, string | number>) => string;

/** Texts come from the server (demo/texts); words in braces are filled in. */
export function speaker(texts: Record<string, string>): Say {
  return (key, values = {}) =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (brace, name: string) => String(values[name] ?? brace));
}
