import { FIT, mostZoom, showing, zoomed } from "./camera";
import type { Flow } from "./flow";
import type { Hovering } from "./hovering";
import type { Pointer } from "./pointer";
import type { Store } from "./state";

const STEP = 14; // CSS pixels that an arrow moves the crosshair by; with Shift one
const REACH = 11;
const CLOSER = 1.4;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The photo without a pointer: arrows move a crosshair, Enter taps there; undo, redo, clear. */
export function listenToKeys(
  stage: HTMLElement,
  store: Store,
  flow: Flow,
  hovering: Hovering,
  pointer: Pointer,
): void {
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
    store.update({ cursor: null });
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
    else if (event.key === "Enter" || event.key === " ") tap(event.shiftKey);
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
    else if (event.key === "Escape") return pointer.abort() || backToChoosing();
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
    hovering.move(...cursor, false);
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

function isTyping({ target }: KeyboardEvent): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["range", "file", "checkbox"].includes(target.type);
}
