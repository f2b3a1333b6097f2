import { compareLine } from "./compare";
import { element, setText } from "./dom";
import { fitStage } from "./fit";
import type { Flow } from "./flow";
import { Hovering } from "./hovering";
import type { Picker } from "./decoder";
import { listenToKeys } from "./keys";
import { Painter } from "./painter";
import { Pointer } from "./pointer";
import { resultStage, resultWords } from "./result";
import { brushRing } from "./ring";
import { isEmpty } from "./selection";
import type { State, Store } from "./state";
import { hoverTag, keepApart, nameTag, sideTag } from "./tags";
import type { Say } from "./texts";
import { tipLine } from "./tips";
import { ROLES } from "./types";
import type { Result } from "./types";
import { Viewer } from "./viewer";
import { zoomButtons } from "./zoom";

const NO_BREAK = "\u00a0";
const SHARE = 0.58; // of the window that the photo may fill above the panel

/** The photo: one canvas with name tags, zoom buttons and the before/after line above it. */
export function stageView(
  root: HTMLElement,
  store: Store,
  flow: Flow,
  picker: Picker,
  say: Say,
): HTMLElement {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const stage = element("div", {
    class: "iph-stage",
    tabindex: "0",
    role: "application",
    "aria-roledescription": say("stage_role"),
    "aria-describedby": "iph-keys",
  });
  const viewer = new Viewer(stage, store);
  const names = ROLES.map((role) => nameTag(role, store, say));
  const hovers = ROLES.map((role) => hoverTag(role, store, say));
  keepApart([...names, ...hovers], store);
  stage.append(
    canvas,
    ...hovers,
    ...names,
    sideTag("before", store, say),
    sideTag("after", store, say),
    brushRing(stage, store, viewer),
    compareLine(store, flow, say),
    zoomButtons(viewer, store, say),
    tipLine(store, say),
    element("div", { class: "iph-progress", "aria-hidden": "true" }),
  );
  const keys = element("p", { class: "iph-unseen", id: "iph-keys" }, [say("stage_keys")]);
  const frame = element("div", { class: "iph-frame" }, [stage, keys, spokenLine(store, say)]);
  const style = getComputedStyle(root);
  const colors = {
    change: style.getPropertyValue("--iph-change").trim() || "#e8590c",
    match: style.getPropertyValue("--iph-match").trim() || "#1c7ed6",
  };
  const painter = new Painter(canvas, store, colors, say);
  flow.arrival = (photo) => painter.arrival(photo);
  const hovering = new Hovering(store, picker, flow.picking);
  const pointer = new Pointer(stage, store, flow, hovering, viewer);
  listenToKeys(stage, store, flow, hovering, pointer, viewer);
  resultStage(stage, store, flow, viewer, say);
  const fit = () => {
    if (fitStage(frame, stage, canvas, store.state.photo, SHARE)) painter.redraw();
  };
  new ResizeObserver(() => {
    fit();
    // What gets the focus comes into sight below the photo, where that stays (result.css).
    document.documentElement.style.setProperty("--iph-photo", `${frame.offsetHeight}px`);
  }).observe(frame);
  window.addEventListener("resize", fit);
  store.subscribe((state) => {
    stage.classList.toggle("iph-comparing", state.view === "result");
    stage.classList.toggle("iph-busy", state.busy !== null || state.unseen || isOnItsWay(state));
    stage.dataset.role = state.role;
    stage.dataset.tool = state.tool;
    stage.setAttribute("aria-label", say("stage_label", { step: say(stepKey(state)) }));
    fit();
  });
  return frame;
}

/** What happened, for screen readers. */
function spokenLine(store: Store, say: Say): HTMLElement {
  const line = element("p", { class: "iph-unseen", role: "status" });
  let told: Result | null = null;
  store.subscribe(({ view, photo, note, notes, selections }) => {
    if (!note?.startsWith("spoken_")) {
      const result = view === "result" && photo ? photo.result : null;
      // Once for each result, also where something else was said since.
      if (result !== told || !result) setText(line, result ? resultWords(result, say) : "");
      told = result;
      return;
    }
    const role = note === "spoken_match" ? "match" : "change";
    const count = photo?.people.length ?? 0;
    const words = say(note, { level: say(`level_${selections[role].level}`), count });
    // The same words again are read only where the text is another one.
    setText(line, words + (notes % 2 ? "" : NO_BREAK));
  });
  return line;
}

const isOnItsWay = ({ drawing, outlining }: State) => drawing || outlining;

/** Which sentence says what to do next. */
export function stepKey(state: State): string {
  const { photo, role, tool, selections } = state;
  if (!photo) return "step_start";
  if (state.unseen) return "step_loading";
  if (state.view === "result") return "step_result";
  if (tool === "add") return "step_refine";
  if (tool === "remove") return "step_refine_remove";
  if (tool === "brush") return state.erasing ? "step_erase" : "step_brush";
  if (state.lendsTo) return isEmpty(selections.match) ? "step_lend" : "step_lend_chosen";
  if (state.cutting) return isEmpty(selections.change) ? "step_cut" : "step_cut_chosen";
  if (role === "change" || isEmpty(selections.change)) return "step_change";
  if (!isEmpty(selections.match)) {
    return selections.match.automatic ? "step_match_found" : "step_ready";
  }
  if (!selections.match.automatic) return "step_background";
  return isOnItsWay(state) || !photo.regions.change ? "step_looking" : "step_match";
}
