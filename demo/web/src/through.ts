import { apart, STILL } from "./pointer";

/** A button on the photo takes taps alone: a drag that begins on it is one on the photo below. */
export function letDragsThrough(made: HTMLElement): void {
  let pressed: PointerEvent | null = null;
  let last = -1;
  made.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    pressed = event;
    last = event.pointerId;
    made.setPointerCapture(event.pointerId); // also a fast drag is noticed here first
  });
  made.addEventListener("pointermove", (event) => {
    if (!pressed || event.pointerId !== last || apart(event, pressed) <= STILL) return;
    const begun = new PointerEvent("pointerdown", pressed);
    pressed = null;
    made.parentElement!.dispatchEvent(begun);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    made.addEventListener(kind, (event) => {
      if (pressed) event.stopPropagation();
      pressed = null;
    });
  }
  // A finger's click comes late: it may find the button where the photo was when the finger tapped.
  const ownTapsOnly = (event: Event) => {
    const { pointerId = -1 } = event as PointerEvent; // none of a key
    if (pointerId >= 0 && pointerId !== last) event.stopImmediatePropagation();
  };
  made.addEventListener("click", ownTapsOnly, { capture: true });
}
