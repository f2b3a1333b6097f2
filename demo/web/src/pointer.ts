import { mostZoom, panned, toPhoto, zoomed } from "./camera";
import type { Flow } from "./flow";
import type { Hovering } from "./hovering";
import type { Store } from "./state";
import type { Box } from "./types";

const STILL = 9; // CSS pixels that a pointer may wander in a tap
const SHORT = 900; // milliseconds that a tap may last
const HOLD = 220; // milliseconds after which a finger draws instead of scrolling
const TWICE = 320; // milliseconds between the two taps of a double tap
const CLOSER = 2.5; // what a double tap zooms by
const REACH = { mouse: 11, pen: 14, touch: 22 } as Record<string, number>; // CSS pixels

type Gesture = "tap" | "box" | "stroke" | "pan" | "pinch" | "none";
interface Place {
  x: number;
  y: number;
}

/**
 * Mouse, finger and pen on the photo. A tap picks, a drag draws a box or paints, two fingers (or a
 * finger on an enlarged photo, or the middle button) move the photo. A finger that moves at once
 * scrolls the page; one that rests first draws.
 */
export class Pointer {
  private readonly down = new Map<number, Place>();
  private gesture: Gesture = "none";
  private start = { x: 0, y: 0, at: 0 };
  /** The photo that was pressed: released over another one, nothing was meant. */
  private pressed: string | null = null;
  private lastTap = { x: 0, y: 0, at: -Infinity, picked: false };

  constructor(
    private readonly stage: HTMLElement,
    private readonly store: Store,
    private readonly flow: Flow,
    private readonly hovering: Hovering,
  ) {
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      react: (event: HTMLElementEventMap[K]) => void,
    ) => stage.addEventListener(kind, react, { passive: false });
    on("pointerdown", (event) => this.selecting() && this.press(event));
    on("pointermove", (event) => this.selecting() && this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => this.cancel(event));
    on("pointerleave", () => hovering.leave());
    on("wheel", (event) => this.selecting() && this.wheel(event));
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
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.down.size === 2) return this.pinch();
    if (this.down.size > 2) return;
    this.start = { x: event.clientX, y: event.clientY, at: event.timeStamp };
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
    const before = this.down.get(event.pointerId);
    if (!before) return this.hover(event);
    const here = { x: event.clientX, y: event.clientY };
    if (this.gesture === "pinch") this.spread(event.pointerId, before, here);
    this.down.set(event.pointerId, here);
    if (this.gesture === "tap") this.decide(event);
    if (this.gesture === "box") this.stretch(event);
    if (this.gesture === "stroke") this.draw(event);
    if (this.gesture === "pan") this.shift(here.x - before.x, here.y - before.y);
  }

  private release(event: PointerEvent): void {
    if (!this.down.delete(event.pointerId)) return;
    const { gesture } = this;
    if (gesture === "pinch") {
      if (!this.down.size) this.gesture = "none";
      return;
    }
    this.gesture = "none";
    const { box, stroke } = this.store.state;
    this.store.update({ box: null, stroke: null });
    if (!this.selecting() || this.store.state.photo?.id !== this.pressed) return;
    if (gesture === "box" && box) this.flow.picking.drawBox(box);
    if (gesture === "stroke" && stroke) this.flow.picking.paint(stroke);
    if (gesture === "tap" && event.timeStamp - this.start.at < SHORT) this.tap(event);
  }

  private cancel(event: PointerEvent): void {
    this.down.delete(event.pointerId);
    this.gesture = "none";
    if (this.store.state.box || this.store.state.stroke) this.store.update({ box: null, stroke: null });
  }

  private tap(event: PointerEvent): void {
    const place = this.inPhoto(event);
    if (!place) return;
    if (event.pointerType === "touch" && this.isSecond(event)) return this.zoomAtTap(event);
    const pixel = this.pixel();
    const reach = (REACH[event.pointerType] ?? 14) * pixel;
    const { past } = this.store.state;
    this.flow.picking.tap(place[0], place[1], reach, event.shiftKey);
    this.lastTap.picked = this.store.state.past !== past;
  }

  /** Two quick taps enlarge; what the first of them picked is taken back. */
  private isSecond(event: PointerEvent): boolean {
    const { lastTap } = this;
    this.lastTap = { ...lastTap, x: event.clientX, y: event.clientY, at: event.timeStamp };
    const near = Math.hypot(event.clientX - lastTap.x, event.clientY - lastTap.y) < 30;
    return near && event.timeStamp - lastTap.at < TWICE;
  }

  private zoomAtTap(event: PointerEvent): void {
    this.lastTap.at = -Infinity;
    if (this.lastTap.picked) this.flow.picking.revert();
    const { camera } = this.store.state;
    this.zoom(event, camera.zoom > 1.01 ? 0 : CLOSER);
  }

  private hover(event: PointerEvent): void {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const place = this.inPhoto(event);
    if (place) this.hovering.move(place[0], place[1], event.shiftKey);
    else this.hovering.leave();
  }

  /** A tap that wanders becomes a box, or moves the photo, or was the page being scrolled. */
  private decide(event: PointerEvent): void {
    const { x, y, at } = this.start;
    if (Math.hypot(event.clientX - x, event.clientY - y) <= STILL) return;
    this.hovering.leave();
    if (event.pointerType !== "touch" || event.timeStamp - at >= HOLD) this.beginBox();
    else this.gesture = this.store.state.camera.zoom > 1.01 ? "pan" : "none";
  }

  private beginBox(): void {
    this.gesture = this.store.state.tool === "pick" ? "box" : "none";
    if (this.gesture === "none") this.flow.picking.refuseBox();
  }

  private stretch(event: PointerEvent): void {
    const photo = this.store.state.photo!;
    const [ax, ay] = this.anywhere(this.start.x, this.start.y);
    const [bx, by] = this.anywhere(event.clientX, event.clientY);
    const within = (value: number, end: number) => Math.round(Math.min(end, Math.max(0, value)));
    const box: Box = [
      within(Math.min(ax, bx), photo.width - 1),
      within(Math.min(ay, by), photo.height - 1),
      within(Math.max(ax, bx), photo.width),
      within(Math.max(ay, by), photo.height),
    ];
    this.store.update({ box: box[2] > box[0] && box[3] > box[1] ? box : null });
  }

  private beginStroke(event: PointerEvent): void {
    this.gesture = "stroke";
    const { photo, brush, erasing } = this.store.state;
    const radius = brush * Math.max(photo!.width, photo!.height);
    const points = this.anywhere(event.clientX, event.clientY);
    this.store.update({ stroke: { points, radius, erase: erasing !== event.shiftKey } });
  }

  private draw(event: PointerEvent): void {
    const { stroke } = this.store.state;
    if (!stroke) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    const points = (passed.length ? passed : [event]).flatMap((each) =>
      this.anywhere(each.clientX, each.clientY),
    );
    this.store.update({ stroke: { ...stroke, points: [...stroke.points, ...points] } });
  }

  private pinch(): void {
    this.gesture = "pinch";
    this.hovering.leave();
    this.store.update({ box: null, stroke: null });
  }

  /** Two fingers: the photo follows their middle and their distance. */
  private spread(id: number, before: Place, here: Place): void {
    const other = [...this.down].find(([each]) => each !== id)?.[1];
    if (!other) return;
    const apart = (place: Place) => Math.max(10, Math.hypot(place.x - other.x, place.y - other.y));
    const middle = { clientX: (here.x + other.x) / 2, clientY: (here.y + other.y) / 2 };
    this.zoom(middle, apart(here) / apart(before));
    this.shift((here.x - before.x) / 2, (here.y - before.y) / 2);
  }

  /** Ctrl and the wheel (a pinch on a trackpad) zooms; the wheel alone moves an enlarged photo. */
  private wheel(event: WheelEvent): void {
    const { camera } = this.store.state;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoom(event, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0035)));
    } else if (camera.zoom > 1.01) {
      this.shift(-event.deltaX, -event.deltaY);
      if (this.store.state.camera !== camera) event.preventDefault();
    }
  }

  private zoom(at: { clientX: number; clientY: number }, factor: number): void {
    const { photo, camera } = this.store.state;
    const [x, y] = this.share(at.clientX, at.clientY);
    const most = mostZoom(photo!, this.stage.clientWidth);
    this.store.update({ camera: zoomed(camera, factor, x, y, most) });
  }

  private shift(x: number, y: number): void {
    const { camera } = this.store.state;
    const moved = panned(camera, x / this.stage.clientWidth, y / this.stage.clientHeight);
    if (moved.left !== camera.left || moved.top !== camera.top) this.store.update({ camera: moved });
  }

  /** Whether a finger's move is ours and not the page's. */
  private claims(event: TouchEvent): boolean {
    if (!this.selecting()) return false;
    const held = this.gesture === "tap" && event.timeStamp - this.start.at >= HOLD;
    return event.touches.length > 1 || held || ["box", "stroke", "pan", "pinch"].includes(this.gesture);
  }

  private share(clientX: number, clientY: number): [number, number] {
    const frame = this.stage.getBoundingClientRect();
    return [(clientX - frame.left) / frame.width, (clientY - frame.top) / frame.height];
  }

  /** In pixels of the photo, also beside it. */
  private anywhere(clientX: number, clientY: number): [number, number] {
    const { photo, camera } = this.store.state;
    const [x, y] = toPhoto(camera, ...this.share(clientX, clientY));
    // Tenths of a pixel, so that a hovered point and the tap on it are the same.
    return [Math.round(x * photo!.width * 10) / 10, Math.round(y * photo!.height * 10) / 10];
  }

  private inPhoto(event: PointerEvent): [number, number] | null {
    const { photo } = this.store.state;
    const [x, y] = this.anywhere(event.clientX, event.clientY);
    return photo && x >= 0 && y >= 0 && x < photo.width && y < photo.height ? [x, y] : null;
  }

  /** How many pixels of the photo a CSS pixel is. */
  private pixel(): number {
    const { photo, camera } = this.store.state;
    return photo!.width / (this.stage.clientWidth * camera.zoom);
  }
}
