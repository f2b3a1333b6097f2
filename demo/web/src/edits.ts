import { button, element, setText } from "./dom";
import type { Flow } from "./flow";
import { disable } from "./focus";
import { slider } from "./slider";
import { edgeOf } from "./shape";
import type { Store } from "./state";
import { shapeOf } from "./state";
import type { Say } from "./texts";

const STEPS = 30; // on each side of the slider's middle
const REACH = 0.02; // of the photo's longer side, at the slider's ends

/** The edge moved out or in, and masks as files; closed until somebody wants it. */
export function editGroup(store: Store, flow: Flow, say: Say): HTMLElement {
  const group = element("details", { class: "iph-edits" }, [
    element("summary", {}, [say("edits_title")]),
    growSlider(store, flow, say),
    maskButtons(store, flow, say),
  ]);
  return group;
}

function growSlider(store: Store, flow: Flow, say: Say): HTMLElement {
  const { row, input, tell } = slider("iph-grow", say("grow"), -STEPS, STEPS, 1, 0);
  const name = row.querySelector("label")!;
  const side = () => Math.max(store.state.photo?.width ?? 0, store.state.photo?.height ?? 0);
  input.addEventListener("input", () => {
    const pixels = edgeAt(input.valueAsNumber, side());
    tell(say("grow_value", { pixels }));
    flow.picking.previewGrow(pixels);
  });
  input.addEventListener("change", () => flow.picking.grow(edgeAt(input.valueAsNumber, side())));
  store.subscribe((state) => {
    const role = flow.picking.editable();
    input.disabled = role === null;
    setText(name, say(role ? `grow_${role}` : "grow"));
    const pixels = role ? edgeOf(shapeOf(state, role), state.selections[role]) : 0;
    input.value = String(stepOf(pixels, side()));
    tell(say("grow_value", { pixels }));
  });
  return row;
}

/**
 * How far a step from the slider's middle moves the edge, in pixels of a photo: by halves, which the
 * server takes, near the middle, and ever more beyond. `side`: the photo's longer one.
 */
export function edgeAt(step: number, side: number): number {
  const far = REACH * side * (Math.abs(step) / STEPS) ** 3;
  return (Math.sign(step) * Math.round(2 * Math.max(Math.abs(step) / 2, far))) / 2;
}

/** The step that moves the edge nearest to so many pixels. */
export function stepOf(pixels: number, side: number): number {
  let step = 0;
  const away = (one: number) => Math.abs(edgeAt(one, side) - pixels);
  const next = Math.sign(pixels);
  while (Math.abs(step) < STEPS && away(step + next) < away(step)) step += next;
  return step;
}

function maskButtons(store: Store, flow: Flow, say: Say): HTMLElement {
  const input = element("input", {
    type: "file",
    accept: "image/png,image/webp,image/tiff,image/jpeg",
    id: "iph-mask-file",
    class: "iph-unseen",
    tabindex: "-1",
    "aria-hidden": "true",
  });
  input.addEventListener("change", () => {
    flow.bringMask(input.files?.[0]);
    input.value = "";
  });
  const bring = button("iph-quiet", say("bring_mask_change"), () => input.click());
  const save = button("iph-quiet", say("save_mask"), () => {
    const role = flow.picking.editable();
    if (role) flow.saveMask(role);
  });
  bring.title = say("bring_mask_hint");
  store.subscribe((state) => {
    const role = flow.picking.editable();
    setText(bring, say(`bring_mask_${state.role}`));
    setText(save, say(role ? `save_mask_${role}` : "save_mask"));
    disable(save, role === null || state.busy !== null);
    disable(bring, state.busy !== null);
  });
  return element("div", { class: "iph-row" }, [input, bring, save]);
}
