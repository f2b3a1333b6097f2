import { button, element, setText } from "./dom";
import type { Flow } from "./flow";
import type { Store } from "./state";
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
  const value = element("output", { for: "iph-grow" });
  const slider = element("input", {
    type: "range",
    id: "iph-grow",
    min: String(-STEPS),
    max: String(STEPS),
    step: "1",
  });
  const unit = () => {
    const { photo } = store.state;
    return photo ? Math.max(0.5, Math.round(Math.max(photo.width, photo.height) * STEP * 2) / 2) : 1;
  };
  slider.addEventListener("input", () => {
    const pixels = slider.valueAsNumber * unit();
    setText(value, say("grow_value", { pixels }));
    flow.picking.previewGrow(pixels);
  });
  slider.addEventListener("change", () => flow.picking.grow(slider.valueAsNumber * unit()));
  store.subscribe((state) => {
    const role = flow.picking.editable();
    slider.disabled = role === null;
    const pixels = role ? state.selections[role].grow : 0;
    if (document.activeElement === slider && state.drafts[role ?? "change"]) return;
    slider.value = String(Math.round(pixels / unit()));
    setText(value, say("grow_value", { pixels }));
    slider.setAttribute("aria-valuetext", say("grow_value", { pixels }));
  });
  return element("div", { class: "iph-slider" }, [
    element("label", { for: "iph-grow" }, [say("grow")]),
    value,
    slider,
  ]);
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
  const bring = button("iph-quiet", say("bring_mask"), () => input.click());
  const save = button("iph-quiet", say("save_mask"), () => {
    const role = flow.picking.editable();
    if (role) flow.saveMask(role);
  });
  bring.title = say("bring_mask_hint");
  store.subscribe((state) => {
    save.disabled = flow.picking.editable() === null || state.busy !== null;
    bring.disabled = state.busy !== null;
  });
  return element("div", { class: "iph-row" }, [input, bring, save]);
}
