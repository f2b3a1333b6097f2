import { button, element } from "../dom";
import { disable } from "../focus";
import { slider } from "../slider";
import type { Store } from "../state";
import type { Say } from "../texts";
import { movedTo, numbersOf, standingAt, totalOf } from "./actions";
import type { ResultActions } from "./actions";
import type { Setting } from "./setting";
import { isMoved, SLIDERS, UNMOVED } from "./types";
import type { Slider } from "./types";
import { standing } from "./words";

/** How far each slider reaches on either side of the photo as it was, and its steps. */
const REACH: Record<Slider, { low: number; high: number; step: number }> = {
  exposure: { low: -2, high: 2, step: 0.02 },
  warmth: { low: -30, high: 30, step: 0.5 },
  tint: { low: -30, high: 30, step: 0.5 },
  contrast: { low: 0.5, high: 1.5, step: 0.01 },
  highlights: { low: -1, high: 1, step: 0.01 },
  shadows: { low: -1, high: 1, step: 0.01 },
  saturation: { low: 0, high: 2, step: 0.01 },
};

/** How long a slider stays where it is, in milliseconds, before the network runs for it: keys step. */
const REST = 300;

export function strengthSlider(store: Store, setting: Setting, say: Say): HTMLElement {
  const { row, input, tell } = slider("iph-strength", say("strength"), 0, 100, 1);
  setting.listenTo(input, (value) => ({ strength: value / 100 }));
  store.subscribe((state) => {
    const percent = Math.round(state.strength * 100);
    input.value = String(percent);
    tell(`${percent} %`);
  });
  return row;
}

/** How closely the reference is followed: the network runs again once the slider rests. */
export function transferSlider(store: Store, actions: ResultActions, say: Say): HTMLElement {
  const { row, input, tell } = slider("iph-transfer", say("transfer"), 0, 100, 5);
  row.append(element("small", { class: "iph-hint" }, [say("transfer_hint")]));
  const percent = () => tell(`${input.value} %`);
  let resting = 0;
  let unanswered = 0;
  // Until the last move is answered it shows what is wanted; a refusal takes it back.
  const stand = () => {
    const ratio = store.state.photo?.result?.transfer ?? null;
    row.hidden = ratio === null;
    if (resting || unanswered) return;
    input.value = String(Math.round((ratio ?? 0) * 100));
    percent();
  };
  const ask = async () => {
    resting = 0;
    unanswered += 1;
    await actions.transfer(input.valueAsNumber / 100);
    unanswered -= 1;
    stand();
  };
  input.addEventListener("input", () => {
    percent();
    window.clearTimeout(resting);
    resting = window.setTimeout(ask, REST);
  });
  store.subscribe(stand);
  return row;
}

/**
 * Sliders that stand where harmonizing put them; their middle is the photo as it was. What is
 * kept is how far people moved them from there, so strength and sliders do not disturb each other.
 */
export function adjustSliders(store: Store, setting: Setting, say: Say): HTMLElement {
  const reset = button("iph-quiet", say("adjust_reset"), () => setting.set({ moved: UNMOVED }));
  const fold = element("details", { class: "iph-fold iph-adjust" }, [
    element("summary", {}, [say("adjust_title")]),
    element("small", { class: "iph-hint" }, [say("adjust_hint")]),
    ...SLIDERS.map((name) => adjustSlider(name, store, setting, say)),
    reset,
  ]);
  fold.open = window.matchMedia("(min-width: 820px)").matches;
  store.subscribe((state) => {
    disable(reset, !isMoved(state.moved));
  });
  return fold;
}

function adjustSlider(
  name: Slider,
  store: Store,
  setting: Setting,
  say: Say,
): HTMLElement {
  const { low, high, step } = REACH[name];
  const label = say(`slider_${name}`);
  const { row, input, tell } = slider(`iph-${name}`, label, low, high, step, UNMOVED[name]);
  const mark = element("i", { class: "iph-mark", "aria-hidden": "true" });
  row.append(mark);
  setting.listenTo(input, (value) => ({ moved: movedTo(store.state, name, value) }));
  store.subscribe((state) => {
    const start = standingAt(state)[name];
    const total = totalOf(state)[name];
    // What harmonizing moved beyond the usual reach gets more room.
    const [from, to] = [Math.min(low, start), Math.max(high, start)];
    input.min = String(from);
    input.max = String(to);
    input.value = String(total);
    mark.style.setProperty("--at", String((start - from) / (to - from)));
    input.disabled = numbersOf(state) === null;
    tell(standing(name, total, say));
  });
  return row;
}
