import { toStage } from "./camera";
import type { Flow } from "./flow";
import type { Hovering } from "./hovering";
import type { Pointer } from "./pointer";
import type { Store } from "./state";
import type { Box } from "./types";
import type { Viewer } from "./viewer";

export const STEP = 14; // CSS pixels that an arrow moves the crosshair by; with Shift one
const REACH = 11;
export const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * The photo without a pointer: arrows move a crosshair, Enter taps or paints there, B begins and
 * ends a box; undo, redo, clear.
 */
export function listenToKeys(
  stage: HTMLElement,
  store: Store,
  flow: Flow,
  hovering: Hovering,
  pointer: Pointer,
  viewer: Viewer,
): void {
  let corner: [number, number] | null = null;
  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage || store.state.view !== "select" || !store.state.photo) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onStage(event)) event.preventDefault();
  });
  stage.addEventListener("focus", () => {
    if (stage.matches(":focus-visible")) place(...crosshair());
  });
  stage.addEventListener("blur", () => {
    hovering.leave();
    corner = null;
    store.update({ cursor: null, box: null });
  });
  stage.addEventListener("pointerdown", () => store.update({ cursor: null }));
  document.addEventListener("keydown", (event) => {
    if (store.state.view !== "select" || !store.state.photo || isTyping(event)) return;
    if (anywhere(event)) event.preventDefault();
  });

  function onStage(event: KeyboardEvent): boolean {
    const { camera, photo } = store.state;
    const arrow = ARROWS[event.key];
    const [x, y] = crosshair();
    if (arrow) move(arrow, event.shiftKey ? 1 : STEP);
    else if (event.key.toLowerCase() === "b") box();
    else if (event.key === "Enter" || event.key === " ") act(event.shiftKey);
    else return viewer.key(event.key, ...toStage(camera, x / photo!.width, y / photo!.height));
    return true;
  }

  function anywhere(event: KeyboardEvent): boolean {
    const way = wayOf(event);
    if (way) flow.picking[way]();
    else if (event.ctrlKey || event.metaKey) return false;
    else if (event.key === "Escape") return leaveBox() || pointer.abort() || backToChoosing();
    else if (event.key === "Delete" || event.key === "Backspace") flow.picking.clear();
    else return false;
    return true;
  }

  function backToChoosing(): boolean {
    if (store.state.tool === "pick") return false;
    flow.picking.selectTool("pick");
    return true;
  }

  function move([x, y]: [number, number], step: number): void {
    const [left, top] = crosshair();
    place(left + x * step * viewer.pixel, top + y * step * viewer.pixel);
  }

  function place(x: number, y: number): void {
    const photo = store.state.photo!;
    const inside = (value: number, end: number) =>
      Math.round(Math.min(end - 1, Math.max(0, value)) * 10) / 10;
    const cursor: [number, number] = [inside(x, photo.width), inside(y, photo.height)];
    viewer.show(cursor);
    store.update({ cursor });
    if (corner) return store.update({ box: between(corner, cursor) });
    hovering.move(...cursor, false);
  }

  /** The first time a corner, the second time the box. */
  function box(): void {
    if (corner) return endBox();
    if (store.state.tool !== "pick") return flow.picking.refuseBox();
    hovering.leave();
    corner = crosshair();
    store.update({ cursor: corner, note: "spoken_box_begun" });
  }

  function endBox(): void {
    const drawn = store.state.box;
    leaveBox();
    if (drawn) flow.picking.drawBox(drawn);
  }

  function leaveBox(): boolean {
    if (!corner) return false;
    corner = null;
    store.update({ box: null });
    return true;
  }

  function act(shift: boolean): void {
    if (corner) endBox();
    else if (store.state.tool === "brush") dab(shift);
    else tap(shift);
  }

  function dab(shift: boolean): void {
    const { photo, brush, erasing } = store.state;
    const radius = brush * Math.max(photo!.width, photo!.height);
    const points = crosshair();
    flow.picking.paint({ points, radius, erase: erasing !== shift });
  }

  function tap(shift: boolean): void {
    const [x, y] = crosshair();
    hovering.leave();
    flow.picking.tap(x, y, REACH * viewer.pixel, shift);
  }

  const crosshair = (): [number, number] => store.state.cursor ?? viewer.middle;
}

/** The box with these corners; null where it would be empty. */
function between([ax, ay]: [number, number], [bx, by]: [number, number]): Box | null {
  const [left, right] = [Math.round(Math.min(ax, bx)), Math.round(Math.max(ax, bx))];
  const [top, bottom] = [Math.round(Math.min(ay, by)), Math.round(Math.max(ay, by))];
  return right > left && bottom > top ? [left, top, right, bottom] : null;
}

/** Whether keys undo or redo. */
export function wayOf(event: KeyboardEvent): "undo" | "redo" | null {
  if (isTyping(event) || !(event.ctrlKey || event.metaKey)) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : null;
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["range", "file", "checkbox"].includes(target.type);
}
