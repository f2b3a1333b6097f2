import type { Flow } from "./flow";
import type { Hovering } from "./hovering";
import type { Store } from "./state";
import type { Box } from "./types";
import type { Place, Viewer } from "./viewer";

export const STILL = 9; // CSS pixels that a pointer may wander in a tap
const SMALL = 24; // CSS pixels below which a drag is a tap that wandered
const LONGEST = 2500; // milliseconds that a finger's tap may last; a mouse may take its time
const HOLD = 220; // milliseconds after which a finger draws instead of scrolling
const TWICE = 320; // milliseconds between the two taps of a double tap
const APART = { touch: 30 } as Record<string, number>; // CSS pixels between them, else as still
const CLOSER = 2.5; // what a double tap zooms by
const REACH = { mouse: 11, pen: 14, touch: 22 } as Record<string, number>; // CSS pixels

type Gesture = "tap" | "box" | "stroke" | "pan" | "pinch" | "none";

/**
 * Mouse, finger and pen on the photo. A tap picks, a drag draws a box or paints, two fingers (or a
 * finger on an enlarged photo, or the middle button) move the photo. A finger that moves at once
 * scrolls the page; one that rests first draws.
 */
export class Pointer {
  private gesture: Gesture = "none";
  private start = { clientX: 0, clientY: 0, at: 0 };
  /** The photo that was pressed: released over another one, nothing was meant. */
  private pressed: string | null = null;
  private lastTap = { clientX: 0, clientY: 0, at: -Infinity, shift: false, picked: false };

  constructor(
    private readonly stage: HTMLElement,
    private readonly store: Store,
    private readonly flow: Flow,
    private readonly hovering: Hovering,
    private readonly viewer: Viewer,
  ) {
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      react: (event: HTMLElementEventMap[K]) => void,
    ) => stage.addEventListener(kind, react, { passive: false });
    on("pointerdown", (event) => this.selecting() && this.press(event));
    on("pointermove", (event) => this.selecting() && this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.cancel());
    on("pointerleave", () => hovering.leave());
    on("touchmove", (event) => this.claims(event) && event.preventDefault());
    on("contextmenu", (event) => this.gesture !== "none" && event.preventDefault());
  }

  /** Forget the drag that is under way; false where there was none. */
  abort(): boolean {
    const { box, stroke } = this.store.state;
    if (!box && !stroke) return false;
    this.gesture = "none";
    this.store.update({ box: null, stroke: null });
    return true;
  }

  private selecting(): boolean {
    return this.store.state.view === "select" && this.store.state.photo !== null;
  }

  private press(event: PointerEvent): void {
    const fingers = this.viewer.press(event);
    if (fingers === 2) return this.pinch();
    if (fingers > 2) return;
    const { clientX, clientY, timeStamp: at } = event;
    this.start = { clientX, clientY, at };
    this.pressed = this.store.state.photo!.id;
    if (event.button === 1) this.gesture = "pan";
    else if (event.button !== 0) this.gesture = "none";
    else if (this.store.state.tool === "brush") this.beginStroke(event);
    else this.gesture = "tap";
    if (this.gesture === "pan" || this.gesture === "stroke") event.preventDefault();
    if (event.pointerType === "mouse" || this.gesture === "stroke") {
      this.stage.setPointerCapture(event.pointerId);
    }
  }

  private move(event: PointerEvent): void {
    if (!this.viewer.isDown(event)) return this.hover(event);
    if (this.gesture === "tap") this.decide(event);
    if (this.gesture === "box") this.stretch(event);
    if (this.gesture === "stroke") this.draw(event);
    // The finger that is left of two moves the photo.
    this.viewer.drag(event, this.gesture === "pan" || this.gesture === "pinch");
  }

  private release(event: PointerEvent): void {
    const { gesture } = this;
    if (gesture === "none" || (gesture === "pinch" && this.viewer.fingers)) return;
    this.gesture = "none";
    const { box, stroke } = this.store.state;
    this.store.update({ box: null, stroke: null });
    if (!this.selecting() || this.store.state.photo?.id !== this.pressed) return;
    if (gesture === "stroke" && stroke) this.flow.picking.paint(stroke);
    else if (gesture === "tap" || (gesture === "box" && this.isSmall(event))) this.tap(event);
    else if (gesture === "box" && box) this.flow.picking.drawBox(box);
  }

  private cancel(): void {
    this.gesture = "none";
    if (this.store.state.box || this.store.state.stroke) this.store.update({ box: null, stroke: null });
  }

  private tap(event: PointerEvent): void {
    const { pointerType, shiftKey, timeStamp } = event;
    const place = this.inPhoto(this.start);
    if (!place || (pointerType !== "mouse" && timeStamp - this.start.at >= LONGEST)) return;
    if (this.isSecond(event)) return pointerType === "touch" ? this.zoomAtTap(event) : undefined;
    const reach = (REACH[pointerType] ?? 14) * this.viewer.pixel;
    const { past } = this.store.state;
    this.flow.picking.tap(place[0], place[1], reach, shiftKey);
    this.lastTap.picked = this.store.state.past !== past;
  }

  /**
   * Two quick taps of a finger enlarge; what the first of them picked is taken back. A double click
   * is a habit: its second click means nothing.
   */
  private isSecond({ pointerType, shiftKey: shift, timeStamp: at }: PointerEvent): boolean {
    const { lastTap, start } = this;
    this.lastTap = { ...lastTap, ...start, at, shift };
    const same = apart(start, lastTap) < (APART[pointerType] ?? STILL) && shift === lastTap.shift;
    return same && at - lastTap.at < TWICE;
  }

  private zoomAtTap(event: PointerEvent): void {
    this.lastTap.at = -Infinity;
    if (this.lastTap.picked) this.flow.picking.revert();
    this.viewer.zoomAt(event, this.viewer.isEnlarged ? 0 : CLOSER);
  }

  private hover(event: PointerEvent): void {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const place = this.inPhoto(event);
    if (place) this.hovering.move(place[0], place[1], event.shiftKey);
    else this.hovering.leave();
  }

  /** A tap that wanders becomes a box, or moves the photo, or was the page being scrolled. */
  private decide(event: PointerEvent): void {
    if (apart(event, this.start) <= STILL) return;
    this.hovering.leave();
    if (event.pointerType !== "touch" || event.timeStamp - this.start.at >= HOLD) this.beginBox(event);
    else this.gesture = this.viewer.isEnlarged ? "pan" : "none";
  }

  private beginBox(event: PointerEvent): void {
    if (this.store.state.tool === "pick") this.gesture = "box";
    else if (!this.isSmall(event)) {
      this.gesture = "none";
      this.flow.picking.refuseBox();
    }
  }

  /** Whether a drag is so small that no box was meant. */
  private isSmall({ clientX, clientY }: PointerEvent): boolean {
    const { start } = this;
    return Math.abs(clientX - start.clientX) < SMALL && Math.abs(clientY - start.clientY) < SMALL;
  }

  private stretch(event: PointerEvent): void {
    const photo = this.store.state.photo!;
    const [ax, ay] = this.anywhere(this.start);
    const [bx, by] = this.anywhere(event);
    const within = (value: number, end: number) => Math.round(Math.min(end, Math.max(0, value)));
    const box: Box = [
      within(Math.min(ax, bx), photo.width - 1),
      within(Math.min(ay, by), photo.height - 1),
      within(Math.max(ax, bx), photo.width),
      within(Math.max(ay, by), photo.height),
    ];
    const drawn = !this.isSmall(event) && box[2] > box[0] && box[3] > box[1];
    this.store.update({ box: drawn ? box : null });
  }

  private beginStroke(event: PointerEvent): void {
    this.gesture = "stroke";
    const { photo, brush, erasing } = this.store.state;
    const radius = brush * Math.max(photo!.width, photo!.height);
    const points = this.anywhere(event);
    this.store.update({ stroke: { points, radius, erase: erasing !== event.shiftKey } });
  }

  private draw(event: PointerEvent): void {
    const { stroke } = this.store.state;
    if (!stroke) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    const points = (passed.length ? passed : [event]).flatMap((each) => this.anywhere(each));
    this.store.update({ stroke: { ...stroke, points: [...stroke.points, ...points] } });
  }

  private pinch(): void {
    this.gesture = "pinch";
    this.hovering.leave();
    this.store.update({ box: null, stroke: null });
  }

  /** Whether a finger's move is ours and not the page's. */
  private claims(event: TouchEvent): boolean {
    if (!this.selecting()) return false;
    const held = this.gesture === "tap" && event.timeStamp - this.start.at >= HOLD;
    return event.touches.length > 1 || held || ["box", "stroke", "pan", "pinch"].includes(this.gesture);
  }

  /** In pixels of the photo, also beside it. */
  private anywhere(place: Place): [number, number] {
    const [x, y] = this.viewer.onPhoto(place);
    // Tenths of a pixel, so that a hovered point and the tap on it are the same.
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  }

  private inPhoto(place: Place): [number, number] | null {
    const { photo } = this.store.state;
    const [x, y] = this.anywhere(place);
    return photo && x >= 0 && y >= 0 && x < photo.width && y < photo.height ? [x, y] : null;
  }
}

export const apart = (one: Place, other: Place): number =>
  Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
