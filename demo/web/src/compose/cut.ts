import { button, element } from "../dom";
import type { Flow } from "../flow";
import { isEmpty } from "../selection";
import type { Store } from "../state";
import type { Say } from "../texts";
import { composerOf } from "./composer";

/** Beside the usual stage while a person is cut out: place them, swap, back. */
export function cutPanel(store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const place = button("iph-primary iph-place-them", say("compose_place_them"), composer.placeThem);
  const swap = button("iph-quiet", say("compose_swap"), composer.swap);
  const back = button("iph-quiet", say("compose_back_photos"), () => composer.goTo("photos"));
  const panel = element("div", { class: "iph-group iph-cut" }, [place, swap, back]);
  composer.subscribe(() => {
    const { busy, cutting, selections } = store.state;
    panel.hidden = !cutting;
    panel.closest(".iph-work")?.classList.toggle("iph-cutting", cutting);
    place.disabled = busy !== null || isEmpty(selections.change);
    swap.disabled = back.disabled = busy !== null;
  });
  return panel;
}

/** On the stage of a finished composite: back to where it was placed. */
export function backToPlacing(store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const back = button("iph-quiet", say("compose_back_place"), () => composer.goTo("place"));
  composer.subscribe(() => {
    back.hidden = !composer.canGoBackToPlacing;
    back.disabled = store.state.busy !== null;
  });
  return back;
}
