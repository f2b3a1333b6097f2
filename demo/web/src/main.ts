import "./page.css";
import "./start.css";
import "./stage.css";
import "./panel.css";
import "./slider.css";
import "./compose/compose.css";
import "./forced.css";

import { onMissing } from "./ask";
import { listenToBack } from "./back";
import { composerOf, PHOTOS, photosView, PLACE, placeView } from "./compose";
import { sayConnection } from "./connection";
import { Picker } from "./decoder";
import { button, element, setText } from "./dom";
import { Flow } from "./flow";
import { keepFocus } from "./focus";
import { leaveWhatIsGone } from "./gone";
import { busyText, onPlace } from "./line";
import { panelView } from "./panel";
import { Picking } from "./picking";
import { header, howItWorks, introduce } from "./shell";
import { stageView, stepKey } from "./stage";
import { startView } from "./start";
import type { State } from "./state";
import { isAtStart, Store } from "./state";
import { Sync } from "./sync";
import { speaker } from "./texts";
import type { Say } from "./texts";
import type { Setup } from "./types";

/** A part of the page. What it shows follows from the store; what people do goes to the flow. */
export type View = (store: Store, flow: Flow, say: Say) => HTMLElement;

/** Views that stand in place of the stage while the store's `view` has their name. */
const VIEWS: Record<string, View> = { [PHOTOS]: photosView, [PLACE]: placeView };

/** Build the stage inside the frame's element and go on where this session was. */
export function mount(host: HTMLElement, setup: Setup): void {
  const root = host.querySelector<HTMLElement>(".iph") ?? host;
  const say = speaker(setup.texts);
  introduce(setup, say);
  const store = new Store();
  onPlace((line) => store.update({ line }));
  const picker = new Picker(setup.picker ?? null);
  sayConnection(store);
  const sync = new Sync(store, say);
  const picking = new Picking(store, sync, picker, say);
  const flow = new Flow(setup, store, say, sync, picker, picking);
  const work = element("section", { class: "iph-work iph-photo" }, [
    stepLine(store, say),
    stageView(root, store, flow, picker, say),
    panelView(store, flow, say),
  ]);
  const start = startView(setup, store, flow, say);
  const others = Object.entries(VIEWS).map(([name, view]) => {
    const made = view(store, flow, say);
    store.subscribe((state) => (made.hidden = state.view !== name));
    return made;
  });
  root.replaceChildren(
    header(setup, say),
    element("div", { class: "iph-messages" }, [
      errorLine(store, flow, say),
      noteLine(store, flow, say),
    ]),
    start,
    work,
    ...others,
    howItWorks(setup, say),
  );
  store.subscribe((state) => {
    start.hidden = !isAtStart(state);
    work.hidden = state.photo === null || isAtStart(state) || state.view in VIEWS;
  });
  window.addEventListener("pagehide", () => store.keepHistory());
  // A phone ends a tab that is not seen without a word.
  document.addEventListener("visibilitychange", () => document.hidden && store.keepHistory());
  const composer = composerOf(store, flow, say);
  // One after the other: without its photo on the stage a composite would seem to be given up.
  const resumed = flow.resume().finally(() => composer.resume());
  listenToBack(store, flow, composer, resumed);
  onMissing((sentence) => void leaveWhatIsGone(store, flow, composer, sentence));
  keepFocus(root, store);
}

/** What to do next, or which step is running. */
function stepLine(store: Store, say: Say): HTMLElement {
  const line = element("p", { class: "iph-step", role: "status" });
  store.subscribe((state) => {
    const busy = state.busy !== null;
    line.classList.toggle("iph-waiting", busy || state.unseen);
    line.dataset.role = state.view === "select" ? state.role : "";
    setText(line, busy ? `${busyText(state, say)} …` : say(stepKey(state)));
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
    setText(text, state.error ?? "");
  });
  return line;
}

/** What is good to know: the connection, or how a mask was read. */
function noteLine(store: Store, flow: Flow, say: Say): HTMLElement {
  const text = element("span");
  const swap = button("iph-quiet", say("swap"), () => flow.picking.invert());
  const close = button("iph-plain", "×", flow.dismissNote);
  close.setAttribute("aria-label", say("dismiss"));
  const line = element("div", { class: "iph-note", role: "status" }, [text, swap, close]);
  store.subscribe((state) => {
    const key = noteKey(state);
    line.hidden = key === null;
    swap.hidden = key !== "note_mask_white" && key !== "note_mask_black";
    close.hidden = state.connection !== "fine";
    setText(text, key ? say(key) : "");
  });
  return line;
}

function noteKey({ connection, note }: State): string | null {
  if (connection !== "fine") return `connection_${connection}`;
  return note?.startsWith("note_") ? note : null;
}
