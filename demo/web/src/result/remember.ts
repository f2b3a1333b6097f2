import { keep, kept } from "../kept";
import type { Store } from "../state";
import { UNMOVED } from "./types";
import type { Settings } from "./types";

const NAME = "iph-sliders";

/** Strength and sliders of a result come back with it after a reload, in this tab. */
export function rememberSliders(store: Store): void {
  let before = kept<Kept>(NAME);
  let last = "";
  store.subscribe(({ view, photo, strength, moved, blend }) => {
    const result = view === "result" && photo?.result?.after;
    if (!result) return;
    const found = before;
    before = null;
    if (found?.result === result) {
      const { moved: then } = found.sliders; // perhaps by a page that had fewer sliders
      return store.update({ ...found.sliders, moved: { ...UNMOVED, ...then } });
    }
    const now: Kept = { result, sliders: { strength, moved, blend } };
    const text = JSON.stringify(now);
    if (text !== last) keep(NAME, now);
    last = text;
  });
}

interface Kept {
  /** The address of the result's picture. */
  result: string;
  sliders: Settings;
}
