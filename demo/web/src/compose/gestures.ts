import type { Look } from "./types";
import type { Point } from "./transform";
import { around, handled, moved, pinched } from "./transform";

const STILL = 10; // CSS pixels that a finger may wander in a tap
const SHORT = 700; // milliseconds
const WHEEL = 0.0015; // part of the size a step of the wheel changes
const WHEEL_TURN = 0.05; // degrees

/** What gestures act on. Points are in pixels of the scene. */
export interface Hand {
  look(): Look | null;
  /** source: what moves it, so that a row of moves is one to undo. */
  change(look: Look, source: string): void;
  /** A finger takes hold, or the last one lets go. */
  hold(holds: boolean): void;
  tap(point: Point): void;
  /** Whether fingers tap people in the scene instead of moving the cut-out. */
  taps(): boolean;
  scene(): { width: number } | null;
}

interface Finger {
  at: Point;
}

/** Drag, pinch, turn and wheel on the stage; a drag that starts on a handle is that handle's. */
export function listenToGestures(stage: HTMLElement, hand: Hand): void {
  const fingers = new Map<number, Finger>();
  let held: "size" | "turn" | null = null;
  let base: { look: Look; points: Point[] } | null = null;
  let start: { at: Point; time: number } | null = null;

  const pointAt = (event: MouseEvent): Point => {
    const frame = stage.getBoundingClientRect();
    const pixels = (hand.scene()?.width ?? 1) / frame.width;
    return [(event.clientX - frame.left) * pixels, (event.clientY - frame.top) * pixels];
  };

  // Whenever a finger comes or goes, what is held and where starts anew, so that nothing jumps.
  const rebase = () => {
    const look = hand.look();
    base = look && { look, points: [...fingers.values()].slice(0, 2).map((finger) => finger.at) };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const handle = (event.target as Element).closest<HTMLElement>("[data-handle]");
    if (fingers.size === 0) {
      held = (handle?.dataset.handle as "size" | "turn" | undefined) ?? null;
      start = { at: [event.clientX, event.clientY], time: event.timeStamp };
      hand.hold(true);
    } else {
      held = null;
      start = null;
    }
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { at: pointAt(event) });
    rebase();
  });

  stage.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    finger.at = pointAt(event);
    if (!base || hand.taps()) return;
    const now = [...fingers.values()].slice(0, 2).map((each) => each.at);
    const [from, other] = base.points;
    const [to, second] = now;
    if (!from || !to) return;
    const move =
      other && second
        ? pinched(base.look, [from, other], [to, second])
        : held
          ? handled(base.look, held, from, to)
          : moved(base.look, to[0] - from[0], to[1] - from[1]);
    hand.change(move, "fingers");
  });

  const lift = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size === 0) hand.hold(false);
    rebase();
    if (event.type !== "pointerup" || !start || !hand.taps()) return;
    const wandered = Math.hypot(event.clientX - start.at[0], event.clientY - start.at[1]);
    if (wandered <= STILL && event.timeStamp - start.time <= SHORT) hand.tap(pointAt(event));
  };
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);

  stage.addEventListener(
    "wheel",
    (event) => {
      const look = hand.look();
      if (!look || hand.taps()) return;
      event.preventDefault();
      const center: Point = [look.x, look.y];
      const steps = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      const turn = event.shiftKey ? (steps || event.deltaX) * WHEEL_TURN : 0;
      const size = event.shiftKey ? 1 : Math.exp(-steps * WHEEL);
      hand.change(around(look, center, size, turn), "wheel");
    },
    { passive: false },
  );
}

const STEP = 0.01; // of the scene's width
const FINE = 0.1; // of a step, with Shift

/** What a key does to the look; null where it does nothing. */
export function keyed(look: Look, key: string, fine: boolean, width: number): Look | null {
  const part = fine ? FINE : 1;
  const step = Math.max(fine ? 0.25 : 1, STEP * part * width);
  const center: Point = [look.x, look.y];
  switch (key) {
    case "ArrowLeft":
      return moved(look, -step, 0);
    case "ArrowRight":
      return moved(look, step, 0);
    case "ArrowUp":
      return moved(look, 0, -step);
    case "ArrowDown":
      return moved(look, 0, step);
    case "[":
    case "{":
      return around(look, center, 1 / (1 + 0.04 * part), 0);
    case "]":
    case "}":
      return around(look, center, 1 + 0.04 * part, 0);
    case ",":
    case "<":
      return around(look, center, 1, -2 * part);
    case ".":
    case ">":
      return around(look, center, 1, 2 * part);
    case "f":
    case "F":
      return { ...look, flip: !look.flip };
    default:
      return null;
  }
}
