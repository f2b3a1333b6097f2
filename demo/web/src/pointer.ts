import type { Flow } from "./flow";
import type { Store } from "./state";

const STILL = 10; // CSS pixels that a finger may wander in a tap
const SHORT = 700; // milliseconds

/** Mouse, finger and pen on the stage: taps choose, drags move the before/after line. */
export function listenToPointer(stage: HTMLElement, store: Store, flow: Flow): void {
  let down: { id: number; x: number; y: number; at: number } | null = null;

  const share = (event: PointerEvent): [number, number] => {
    const frame = stage.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  };

  const dragsLine = () => store.state.view === "result";

  stage.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    down = { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp };
    if (!dragsLine()) return;
    stage.setPointerCapture(event.pointerId);
    flow.setDivider(share(event)[0]);
  });

  stage.addEventListener("pointermove", (event) => {
    if (down?.id === event.pointerId && dragsLine()) flow.setDivider(share(event)[0]);
  });

  stage.addEventListener("pointerup", (event) => {
    const start = down;
    down = null;
    const { photo } = store.state;
    if (!start || start.id !== event.pointerId || !photo || dragsLine()) return;
    const moved = Math.hypot(event.clientX - start.x, event.clientY - start.y);
    if (moved > STILL || event.timeStamp - start.at > SHORT) return;
    const [x, y] = share(event);
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return;
    flow.tap(x * photo.width, y * photo.height);
  });

  stage.addEventListener("pointercancel", () => {
    down = null;
  });
}
