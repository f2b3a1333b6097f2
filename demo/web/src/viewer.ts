import { FIT, centered, isEnlarged, mostZoom, panned, showing, toPhoto, zoomed } from "./camera";
import type { Camera } from "./camera";
import type { Store } from "./state";
import type { Photo } from "./types";

const CLOSER = 1.4; // what a key zooms by
const LINE = 0.05; // of a step of the wheel that is told in lines; the others are in pixels
const PIXEL = 0.0035;
const LEAST_APART = 10; // CSS pixels between two fingers

/** A place in the window, as events tell it. */
export interface Place {
  clientX: number;
  clientY: number;
}

/** Moves the photo on its stage and enlarges it: by fingers, the wheel, keys and buttons. */
export class Viewer {
  private readonly down = new Map<number, Place>();

  constructor(
    private readonly stage: HTMLElement,
    private readonly store: Store,
  ) {
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    for (const kind of ["pointerup", "pointercancel"] as const) {
      stage.addEventListener(kind, ({ pointerId }) => this.down.delete(pointerId));
    }
  }

  get isEnlarged(): boolean {
    return isEnlarged(this.store.state.camera.zoom);
  }

  /** How many pixels of the photo a CSS pixel is. */
  get pixel(): number {
    return this.photo.width / (this.stage.clientWidth * this.store.state.camera.zoom);
  }

  /** The zoom at which one pixel of the photo takes one of the screen. */
  get fullZoom(): number {
    const density = Math.min(window.devicePixelRatio || 1, 3);
    return this.photo.width / Math.max(1, this.stage.clientWidth * density);
  }

  /** What lies in the middle of the stage, in pixels of the photo. */
  get middle(): [number, number] {
    return this.inPixels(...toPhoto(this.store.state.camera, 0.5, 0.5));
  }

  /** A place in shares of the stage. */
  onStage({ clientX, clientY }: Place): [number, number] {
    const frame = this.stage.getBoundingClientRect();
    return [(clientX - frame.left) / frame.width, (clientY - frame.top) / frame.height];
  }

  /** A place in pixels of the photo, also beside it. */
  onPhoto(place: Place): [number, number] {
    return this.inPixels(...toPhoto(this.store.state.camera, ...this.onStage(place)));
  }

  /** Zoom so that a place, in shares of the stage, stays where it is. */
  zoom(factor: number, x = 0.5, y = 0.5): void {
    const most = mostZoom(this.photo, this.stage.clientWidth);
    this.move(zoomed(this.store.state.camera, factor, x, y, most));
  }

  zoomAt(place: Place, factor: number): void {
    this.zoom(factor, ...this.onStage(place));
  }

  /** Move the photo by shares of the stage. */
  pan(x: number, y: number): void {
    this.move(panned(this.store.state.camera, x, y));
  }

  fit(): void {
    this.move(FIT);
  }

  /** At a zoom, with a place of the photo (in its pixels) in the middle, as far as it reaches. */
  center(zoom: number, [x, y]: [number, number]): void {
    this.move(centered(zoom, x / this.photo.width, y / this.photo.height));
  }

  /** Move as little as shows a place of the photo, in its pixels. */
  show([x, y]: [number, number]): void {
    this.move(showing(this.store.state.camera, x / this.photo.width, y / this.photo.height));
  }

  /** A finger or the mouse comes down; tells how many are. They are let go by themselves. */
  press(event: PointerEvent): number {
    this.down.set(event.pointerId, placeOf(event));
    return this.fingers;
  }

  get fingers(): number {
    return this.down.size;
  }

  isDown({ pointerId }: PointerEvent): boolean {
    return this.down.has(pointerId);
  }

  /** Two fingers carry the photo by their middle and spread it; a single one where it is to. */
  drag(event: PointerEvent, carries: boolean): void {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const here = placeOf(event);
    this.down.set(event.pointerId, here);
    const other = [...this.down].find(([each]) => each !== event.pointerId)?.[1];
    if (other) this.spread(other, before, here);
    else if (carries) this.shift(here.clientX - before.clientX, here.clientY - before.clientY);
  }

  /** Plus, minus and 0; the place, in shares of the stage, stays. False for other keys. */
  key(key: string, x = 0.5, y = 0.5): boolean {
    if (key === "+" || key === "=") this.zoom(CLOSER, x, y);
    else if (key === "-") this.zoom(1 / CLOSER, x, y);
    else if (key === "0") this.fit();
    else return false;
    return true;
  }

  /** Ctrl and the wheel (a pinch on a trackpad) zooms; the wheel alone moves an enlarged photo. */
  private wheel(event: WheelEvent): void {
    if (!this.store.state.photo) return;
    const { camera } = this.store.state;
    if (event.ctrlKey || event.metaKey) {
      this.zoomAt(event, Math.exp(-event.deltaY * (event.deltaMode ? LINE : PIXEL)));
    } else {
      if (this.isEnlarged) this.shift(-event.deltaX, -event.deltaY);
      if (this.store.state.camera === camera) return; // The page scrolls.
    }
    event.preventDefault();
  }

  private spread(other: Place, before: Place, here: Place): void {
    const apart = ({ clientX, clientY }: Place) =>
      Math.max(LEAST_APART, Math.hypot(clientX - other.clientX, clientY - other.clientY));
    const clientX = (here.clientX + other.clientX) / 2;
    const clientY = (here.clientY + other.clientY) / 2;
    this.zoomAt({ clientX, clientY }, apart(here) / apart(before));
    this.shift((here.clientX - before.clientX) / 2, (here.clientY - before.clientY) / 2);
  }

  /** Move the photo by CSS pixels. */
  private shift(x: number, y: number): void {
    this.pan(x / this.stage.clientWidth, y / this.stage.clientHeight);
  }

  private move(camera: Camera): void {
    const { zoom, left, top } = this.store.state.camera;
    const stays = camera.zoom === zoom && camera.left === left && camera.top === top;
    if (!stays) this.store.update({ camera });
  }

  private inPixels(x: number, y: number): [number, number] {
    return [x * this.photo.width, y * this.photo.height];
  }

  private get photo(): Photo {
    return this.store.state.photo!;
  }
}

const placeOf = ({ clientX, clientY }: Place): Place => ({ clientX, clientY });
