import type { State, Store } from "../state";

const KEPT = "iph-sliders";

type Sliders = Pick<State, "strength" | "moved" | "blend">;

/** Strength and sliders of a result come back with it after a reload, in this tab. */
export function rememberSliders(store: Store): void {
  let before = read();
  let last = "";
  store.subscribe(({ view, photo, strength, moved, blend }) => {
    const result = view === "result" && photo?.result?.after;
    if (!result) return;
    const kept = before;
    before = null;
    if (kept?.result === result) return store.update(kept.sliders);
    const now = JSON.stringify({ result, sliders: { strength, moved, blend } } satisfies Kept);
    if (now !== last) write((last = now));
  });
}

interface Kept {
  /** The address of the result's picture. */
  result: string;
  sliders: Sliders;
}

/** A browser may refuse to keep anything; then a reload shows what harmonizing did. */
function read(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function write(kept: string): void {
  try {
    sessionStorage.setItem(KEPT, kept);
  } catch {
    return;
  }
}
