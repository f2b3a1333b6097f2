import type { State, Store } from "../state";

const KEPT = "iph-sliders";

type Sliders = Pick<State, "strength" | "moved" | "blend">;

/** Strength and sliders of a result come back with it after a reload, in this tab. */
export function rememberSliders(store: Store): void {
  let kept = read();
  store.subscribe(({ view, photo, strength, moved, blend }) => {
    const result = view === "result" && photo?.result?.after;
    if (!result) return;
    const before = kept;
    kept = null;
    if (before?.result === result) return store.update(before.sliders);
    write({ result, sliders: { strength, moved, blend } });
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

function write(kept: Kept): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    return;
  }
}
