import { element } from "./dom";
import type { Photo } from "./types";
import type { State, Store } from "./state";
import type { Viewer } from "./viewer";

const SHOWN = 900; // milliseconds in the middle of the stage, after the size was changed

/** The brush in its true size: under the pointer, and for a moment where its size is changed. */
export function brushRing(stage: HTMLElement, store: Store, viewer: Viewer): HTMLElement {
  const ring = element("div", { class: "iph-ring", "aria-hidden": "true" });
  const paints = ({ tool, view, photo }: State) => tool === "brush" && view === "select" && photo;
  let { brush } = store.state;
  let timer = 0;
  ring.hidden = true;

  function show(x: number, y: number): void {
    const side = (2 * store.state.brush * longSide(store.state.photo!)) / viewer.pixel;
    Object.assign(ring.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    ring.hidden = false;
    clearTimeout(timer);
  }
  const hide = () => (ring.hidden = true);

  for (const kind of ["pointermove", "pointerdown"] as const) {
    stage.addEventListener(kind, (event) => {
      if (!paints(store.state)) return;
      const frame = stage.getBoundingClientRect();
      show(event.clientX - frame.left, event.clientY - frame.top);
    });
  }
  stage.addEventListener("pointerleave", hide);
  stage.addEventListener("pointerup", (event) => {
    if (event.pointerType === "touch") hide();
  });
  store.subscribe((state) => {
    if (!paints(state)) hide();
    else if (state.brush !== brush) {
      show(stage.clientWidth / 2, stage.clientHeight / 2);
      timer = window.setTimeout(hide, SHOWN);
    }
    ({ brush } = state);
  });
  return ring;
}

function longSide({ width, height }: Photo): number {
  return Math.max(width, height);
}
