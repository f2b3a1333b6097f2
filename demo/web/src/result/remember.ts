import type { Trail } from "../history";
import { keep, kept } from "../kept";
import type { Store } from "../state";
import type { Settings, Settled } from "./types";

const NAME = "iph-result-3"; // another number whenever what is kept takes another form

/** Strength and sliders of a result, and their undo, come back after a reload, in this tab. */
export function rememberSliders(store: Store): void {
  let before = kept<Kept>(NAME);
  let last = "";
  store.subscribe(({ view, photo, strength, moved, blend, settled }) => {
    const result = view === "result" && photo?.result?.after;
    if (!result) return;
    const found = before;
    before = null;
    if (found?.result === result) return store.update({ ...found.sliders, settled: found.settled });
    const now: Kept = { result, sliders: { strength, moved, blend }, settled };
    const text = JSON.stringify(now);
    if (text !== last) keep(NAME, now);
    last = text;
  });
}

interface Kept {
  /** The address of the result's picture. */
  result: string;
  sliders: Settings;
  settled: Trail<Settled>;
}
