import "./stage.css";

import { button, element } from "./dom";
import { Flow } from "./flow";
import { stageView, stepKey } from "./stage";
import { panelView } from "./panel";
import { startView } from "./start";
import { Store } from "./state";
import { speaker } from "./texts";
import type { Say } from "./texts";
import type { Setup } from "./types";

/** Build the stage inside the frame's element and go on where this session was. */
export function mount(host: HTMLElement, setup: Setup): void {
  const root = host.querySelector<HTMLElement>(".iph") ?? host;
  const say = speaker(setup.texts);
  const store = new Store();
  const flow = new Flow(store, say, setup.megabytes);
  const work = element("section", { class: "iph-work" }, [
    stepLine(store, say),
    stageView(root, store, flow, say),
    panelView(store, flow, say),
  ]);
  root.replaceChildren(errorLine(store, flow, say), startView(setup, store, flow, say), work);
  store.subscribe((state) => {
    work.hidden = state.photo === null;
  });
  void flow.resume();
}

/** What to do next, or which step is running. */
function stepLine(store: Store, say: Say): HTMLElement {
  const line = element("p", { class: "iph-step", role: "status" });
  store.subscribe((state) => {
    const busy = state.busy !== null;
    line.classList.toggle("iph-waiting", busy);
    const key = state.busy ?? stepKey(state);
    line.textContent = say(key) + (busy ? " …" : "");
  });
  return line;
}

function errorLine(store: Store, flow: Flow, say: Say): HTMLElement {
  const text = element("span");
  const close = button("iph-plain", "×", flow.dismiss);
  close.setAttribute("aria-label", say("dismiss"));
  const line = element("div", { class: "iph-error", role: "alert" }, [text, close]);
  store.subscribe((state) => {
    line.hidden = state.error === null;
    text.textContent = state.error ?? "";
  });
  return line;
}
