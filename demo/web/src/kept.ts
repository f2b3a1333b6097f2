/** What is kept over a reload. A browser may refuse to; then a reload begins without it. */

/** For as long as the tab is open, or for all tabs and visits. */
type Place = "sessionStorage" | "localStorage";

/** What was kept under a name; null for nothing. */
export function kept<T>(name: string, place: Place = "sessionStorage"): T | null {
  try {
    return JSON.parse(globalThis[place].getItem(name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export function keep(name: string, value: unknown, place: Place = "sessionStorage"): void {
  try {
    globalThis[place].setItem(name, JSON.stringify(value));
  } catch {
    return;
  }
}
