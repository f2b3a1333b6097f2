import { button, element, setText } from "./dom";
import type { Flow } from "./flow";
import { slider } from "./slider";
import { edgeOf } from "./shape";
import type { Store } from "./state";
import { shapeOf } from "./state";
import type { Say } from "./texts";

const STEPS = 20; // on each side of the slider's middle
const STEP = 0.001; // of the photo's longer side

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
  const { row, input, tell } = slider("iph-grow", say("grow"), -STEPS, STEPS, 1);
  const name = row.querySelector("label")!;
  const unit = () => {
    const { photo } = store.state;
    return photo ? Math.max(0.5, Math.round(Math.max(photo.width, photo.height) * STEP * 2) / 2) : 1;
  };
  input.addEventListener("input", () => {
    const pixels = input.valueAsNumber * unit();
    tell(say("grow_value", { pixels }));
    flow.picking.previewGrow(pixels);
  });
  input.addEventListener("change", () => flow.picking.grow(input.valueAsNumber * unit()));
  store.subscribe((state) => {
    const role = flow.picking.editable();
    input.disabled = role === null;
    setText(name, say(role ? `grow_${role}` : "grow"));
    const pixels = role ? edgeOf(shapeOf(state, role), state.selections[role]) : 0;
    input.value = String(Math.round(pixels / unit()));
    tell(say("grow_value", { pixels }));
  });
  return row;
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
    save.disabled = role === null || state.busy !== null;
    bring.disabled = state.busy !== null;
  });
  return element("div", { class: "iph-row" }, [input, bring, save]);
}
