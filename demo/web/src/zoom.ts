import { isEnlarged } from "./camera";
import { button, element } from "./dom";
import type { Store } from "./state";
import type { Say } from "./texts";
import type { Viewer } from "./viewer";

const CLOSER = 1.6;

/** Closer, further and whole, on the photo; also for those who have neither wheel nor two fingers. */
export function zoomButtons(viewer: Viewer, store: Store, say: Say): HTMLElement {
  const named = (sign: string, key: string, onClick: () => void) => {
    const made = button("iph-zoom", sign, onClick);
    made.setAttribute("aria-label", say(key));
    made.title = say(key);
    return made;
  };
  const whole = named("⤢", "zoom_whole", () => viewer.fit());
  const further = named("−", "zoom_out", () => viewer.zoom(1 / CLOSER));
  const closer = named("+", "zoom_in", () => viewer.zoom(CLOSER));
  const group = element("div", { class: "iph-zooms", role: "group", "aria-label": say("zoom") }, [
    whole,
    further,
    closer,
  ]);
  for (const kind of ["pointerdown", "pointerup", "pointermove", "dblclick"]) {
    group.addEventListener(kind, (event) => event.stopPropagation());
  }
  store.subscribe(({ view, camera }) => {
    group.hidden = view !== "select" && view !== "result";
    const fits = !isEnlarged(camera.zoom);
    if (fits && [whole, further].includes(document.activeElement as HTMLButtonElement)) closer.focus();
    whole.hidden = further.hidden = fits;
  });
  return group;
}
