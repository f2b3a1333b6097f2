import { element } from "./dom";
import type { Flow } from "./flow";
import type { State, Store } from "./state";
import type { Say } from "./texts";

const STEPS: Record<string, number> = {
  ArrowLeft: -0.02,
  ArrowDown: -0.02,
  ArrowRight: 0.02,
  ArrowUp: 0.02,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

/** The line between before and after, as a slider that keys and screen readers can use. */
export function compareLine(store: Store, flow: Flow, say: Say): HTMLElement {
  const grip = element("span", { class: "iph-grip", "aria-hidden": "true" });
  const line = element(
    "div",
    {
      class: "iph-line",
      role: "slider",
      tabindex: "0",
      "aria-label": say("compare_label"),
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    [grip],
  );
  line.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    flow.setDivider(store.state.divider + step);
  });
  store.subscribe((state: State) => {
    const percent = Math.round(state.divider * 100);
    line.hidden = state.view !== "result";
    line.style.left = `${state.divider * 100}%`;
    line.setAttribute("aria-valuenow", String(percent));
    line.setAttribute("aria-valuetext", say("compare_value", { percent }));
  });
  return line;
}
