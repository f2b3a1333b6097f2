import { FIT, mostZoom, zoomed } from "./camera";
import { button, element } from "./dom";
import type { Store } from "./state";
import type { Say } from "./texts";

const CLOSER = 1.6;

/** Closer, further and whole, on the photo; also for those who have neither wheel nor two fingers. */
export function zoomButtons(stage: HTMLElement, store: Store, say: Say): HTMLElement {
  const by = (factor: number) => () => {
    const { camera, photo } = store.state;
    if (!photo) return;
    store.update({ camera: zoomed(camera, factor, 0.5, 0.5, mostZoom(photo, stage.clientWidth)) });
  };
  const named = (sign: string, key: string, onClick: () => void) => {
    const made = button("iph-zoom", sign, onClick);
    made.setAttribute("aria-label", say(key));
    made.title = say(key);
    return made;
  };
  const whole = named("⤢", "zoom_whole", () => store.update({ camera: FIT }));
  const further = named("−", "zoom_out", by(1 / CLOSER));
  const closer = named("+", "zoom_in", by(CLOSER));
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
    const fits = camera.zoom <= 1.01;
    if (fits && [whole, further].includes(document.activeElement as HTMLButtonElement)) closer.focus();
    whole.hidden = further.hidden = fits;
  });
  return group;
}
