import { element } from "../dom";
import { disable, onPress, replaceIn } from "../focus";
import { server } from "../server";
import { slider } from "../slider";
import type { State, Store } from "../state";
import type { Say } from "../texts";
import type { ResultActions } from "./actions";
import { isPerson, whomOf } from "./cards";
import { chosenKey } from "./following";
import type { Setting } from "./setting";
import type { Look } from "./types";

/** Two references, closed until somebody wants it: the other one, and how much of it. */
export function blendFold(
  store: Store,
  actions: ResultActions,
  setting: Setting,
  say: Say,
): HTMLElement {
  const row = element("div", { class: "iph-seconds", role: "group", "aria-label": say("blend_second") });
  const share = blendSlider(store, setting, say);
  const fold = element("details", { class: "iph-fold iph-blend" }, [
    element("summary", {}, [say("blend_title")]),
    element("small", { class: "iph-hint" }, [say("blend_hint")]),
    row,
    share,
  ]);
  let looks: Look[] | null = null;
  let shown = "";
  const show = (state: State) => {
    if (state.view !== "result" || !state.photo?.result) return;
    const first = chosenKey(state);
    const others = (looks ?? []).filter(({ key }) => key !== first);
    fold.hidden = !others.length;
    const now = JSON.stringify(others);
    if (now !== shown) {
      shown = now;
      replaceIn(row, "key", others.map((look, place) => chip(look, place, state)));
    }
    const { second } = state.photo.result;
    if (second) fold.open = true;
    share.hidden = second === null;
    for (const made of row.querySelectorAll<HTMLButtonElement>("button")) {
      made.setAttribute("aria-pressed", String(made.dataset.key === second));
      disable(made, state.busy !== null);
    }
  };

  /** Who it is: so small, their looks could not be told apart. */
  function chip({ key }: Look, place: number, state: State): HTMLElement {
    const whom = whomOf(key, looks, state);
    const words = key === "background" ? "chip_background" : `look_${key}`;
    const made = element("button", { type: "button", class: "iph-chip iph-second", "data-key": key }, [
      whom ? element("img", { src: server.address(whom), alt: "" }) : say(words),
    ]);
    made.classList.toggle("iph-chip-words", !whom);
    const named = isPerson(key) ? "blend_with_person" : `blend_with_${key}`;
    made.setAttribute("aria-label", say(named, { place: place + 1 }));
    onPress(made, () => {
      const { second } = store.state.photo?.result ?? {};
      actions.second(second === key ? null : key);
    });
    return made;
  }

  actions.onLooks((found) => {
    looks = found;
    show(store.state);
  });
  store.subscribe(show);
  return fold;
}

function blendSlider(store: Store, setting: Setting, say: Say): HTMLElement {
  const { row, input, tell } = slider("iph-blend", say("blend"), 0, 100, 1);
  setting.listenTo(input, (value) => ({ blend: value / 100 }));
  store.subscribe(({ blend }) => {
    const percent = Math.round(100 * blend);
    input.value = String(percent);
    tell(say("blend_value", { percent }));
  });
  return row;
}
