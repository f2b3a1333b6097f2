import { button, element } from "./dom";
import type { Flow } from "./flow";
import { disable } from "./focus";
import { isBrought, isEmpty, toolsRole } from "./selection";
import { fill } from "./slider";
import type { State, Store, Tool } from "./state";
import { TOOLS } from "./state";
import type { Say } from "./texts";
import type { Photo } from "./types";

type Size = Pick<Photo, "width" | "height">;

const SIGNS: Record<Tool, string> = { pick: "", add: "+ ", remove: "− ", brush: "" };
const BRUSHES = 100; // steps of the slider
const FINEST = 0.5; // radius in pixels of the photo
const COARSEST = 0.08; // radius as a share of the photo's longer side

/** What a tap does, and undo, redo, clear; the brush's own settings below, where they move neither. */
export function toolRows(store: Store, flow: Flow, say: Say): HTMLElement {
  return element("div", { class: "iph-toolbox" }, [
    tools(store, flow, say),
    element("div", { class: "iph-row iph-steps" }, [
      stepButton(store, say, "undo", () => flow.picking.undo(), (state) => state.past.length > 0),
      stepButton(store, say, "redo", () => flow.picking.redo(), (state) => state.future.length > 0),
      stepButton(store, say, "clear", () => flow.picking.clear(), ({ role, selections }) => !isEmpty(selections[role])),
    ]),
    brushRow(store, say),
  ]);
}

function tools(store: Store, flow: Flow, say: Say): HTMLElement {
  const segments = segmented(say("tools_label"));
  for (const tool of TOOLS) {
    const segment = button("iph-segment", SIGNS[tool] + say(`tool_${tool}`), () =>
      flow.picking.selectTool(tool),
    );
    segment.title = say(`tool_${tool}_hint`);
    segments.append(segment);
    store.subscribe((state) => {
      disable(segment, tool !== "pick" && !isUsable(state, tool));
      segment.setAttribute("aria-pressed", String(state.tool === tool));
    });
  }
  return element("div", { class: "iph-row" }, [segments]);
}

function isUsable(state: State, tool: Tool): boolean {
  const role = toolsRole(state);
  return role !== null && (tool === "brush" || !isBrought(state.selections[role]));
}

function brushRow(store: Store, say: Say): HTMLElement {
  const segments = segmented(say("brush_label"));
  for (const erasing of [false, true]) {
    const segment = button("iph-segment", say(erasing ? "brush_erase" : "brush_add"), () =>
      store.update({ erasing }),
    );
    segments.append(segment);
    store.subscribe((state) =>
      segment.setAttribute("aria-pressed", String(state.erasing === erasing)),
    );
  }
  const slider = element("input", {
    type: "range",
    id: "iph-brush",
    min: "0",
    max: String(BRUSHES),
    "aria-label": say("brush_size"),
  });
  const dot = element("span", { class: "iph-dot", "aria-hidden": "true" });
  slider.addEventListener("input", () => {
    const { photo } = store.state;
    if (photo) store.update({ brush: brushAt(slider.valueAsNumber / BRUSHES, photo) });
  });
  const row = element("div", { class: "iph-row iph-brush" }, [
    segments,
    element("span", { class: "iph-size" }, [slider, dot]),
  ]);
  store.subscribe(({ tool, brush, photo }) => {
    row.hidden = tool !== "brush";
    if (!photo) return;
    const place = placeOf(brush, photo);
    slider.value = String(Math.round(BRUSHES * place));
    fill(slider, 0);
    dot.style.width = dot.style.height = `${4 + 20 * place}px`;
  });
  return row;
}

const finestIn = ({ width, height }: Size): number => FINEST / Math.max(width, height);

/** The brush at a place of its slider, 0 to 1: from a single pixel of the photo on. */
export const brushAt = (place: number, photo: Size): number =>
  finestIn(photo) * (COARSEST / finestIn(photo)) ** place;

export const placeOf = (brush: number, photo: Size): number =>
  Math.log(brush / finestIn(photo)) / Math.log(COARSEST / finestIn(photo));

function segmented(label: string): HTMLElement {
  return element("div", { class: "iph-tools", role: "group", "aria-label": label });
}

export function stepButton(
  store: Store,
  say: Say,
  key: "undo" | "redo" | "clear",
  onClick: () => void,
  possible: (state: State) => boolean,
): HTMLElement {
  const made = button("iph-quiet", say(key), onClick);
  made.title = say(`${key}_hint`);
  store.subscribe((state) => {
    disable(made, !possible(state));
  });
  return made;
}
