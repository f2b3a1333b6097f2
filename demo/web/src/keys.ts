import { FIT, mostZoom, showing, zoomed } from "./camera";
import type { Flow } from "./flow";
import type { Hovering } from "./hovering";
import type { Pointer } from "./pointer";
import type { Store } from "./state";
import type { Box } from "./types";

export const STEP = 14; // CSS pixels that an arrow moves the crosshair by; with Shift one
const REACH = 11;
const CLOSER = 1.4;
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
): void {
  let corner: [number, number] | null = null;
  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage || store.state.view !== "select" || !store.state.photo) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onStage(event)) event.preventDefault();
  });
  stage.addEventListener("focus", () => {
    if (stage.matches(":focus-visible")) place(...(store.state.cursor ?? middle()));
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
    const most = mostZoom(photo!, stage.clientWidth);
    const [x, y] = store.state.cursor ?? middle();
    const [across, down] = [x / photo!.width, y / photo!.height];
    const [left, top] = [(across - camera.left) * camera.zoom, (down - camera.top) * camera.zoom];
    if (arrow) move(arrow, event.shiftKey ? 1 : STEP);
    else if (event.key.toLowerCase() === "b") box();
    else if (event.key === "Enter" || event.key === " ") act(event.shiftKey);
    else if (event.key === "+" || event.key === "=")
      store.update({ camera: zoomed(camera, CLOSER, left, top, most) });
    else if (event.key === "-")
      store.update({ camera: zoomed(camera, 1 / CLOSER, left, top, most) });
    else if (event.key === "0") store.update({ camera: FIT });
    else return false;
    return true;
  }

  function anywhere(event: KeyboardEvent): boolean {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "z") event.shiftKey ? flow.picking.redo() : flow.picking.undo();
    else if (command && key === "y") flow.picking.redo();
    else if (command) return false;
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
    const [left, top] = store.state.cursor ?? middle();
    place(left + x * step * pixel(), top + y * step * pixel());
  }

  function place(x: number, y: number): void {
    const photo = store.state.photo!;
    const inside = (value: number, end: number) =>
      Math.round(Math.min(end - 1, Math.max(0, value)) * 10) / 10;
    const cursor: [number, number] = [inside(x, photo.width), inside(y, photo.height)];
    const shares: [number, number] = [cursor[0] / photo.width, cursor[1] / photo.height];
    store.update({ cursor, camera: showing(store.state.camera, ...shares) });
    if (corner) return store.update({ box: between(corner, cursor) });
    hovering.move(...cursor, false);
  }

  /** The first time a corner, the second time the box. */
  function box(): void {
    if (corner) return endBox();
    if (store.state.tool !== "pick") return flow.picking.refuseBox();
    hovering.leave();
    corner = store.state.cursor ?? middle();
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
    const points = store.state.cursor ?? middle();
    flow.picking.paint({ points, radius, erase: erasing !== shift });
  }

  function tap(shift: boolean): void {
    const [x, y] = store.state.cursor ?? middle();
    hovering.leave();
    flow.picking.tap(x, y, REACH * pixel(), shift);
  }

  function middle(): [number, number] {
    const { photo, camera } = store.state;
    const half = 0.5 / camera.zoom;
    return [(camera.left + half) * photo!.width, (camera.top + half) * photo!.height];
  }

  const pixel = (): number =>
    store.state.photo!.width / (stage.clientWidth * store.state.camera.zoom);
}

/** The box with these corners; null where it would be empty. */
function between([ax, ay]: [number, number], [bx, by]: [number, number]): Box | null {
  const [left, right] = [Math.round(Math.min(ax, bx)), Math.round(Math.max(ax, bx))];
  const [top, bottom] = [Math.round(Math.min(ay, by)), Math.round(Math.max(ay, by))];
  return right > left && bottom > top ? [left, top, right, bottom] : null;
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["range", "file", "checkbox"].includes(target.type);
}
