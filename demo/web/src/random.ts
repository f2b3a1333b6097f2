/** As many random bytes in URL-safe Base64: a name that nobody guesses. */
export function randomName(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) => URL_SAFE[sign]!);
}

const URL_SAFE: Record<string, string> = { "+": "-", "/": "_", "=": "" };
