import { FIT, mostZoom, panned, zoomed } from "../camera";
import type { Camera } from "../camera";
import { button, element } from "../dom";
import type { Flow } from "../flow";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Photo } from "../types";

const ENLARGED = 1.01;
const KEY_STEP = 0.1; // of the stage, that an arrow moves an enlarged photo by
const CLOSER = 1.4;
const HOLD_KEY = "b";
const STILL = 9; // CSS pixels that a finger may wander in a tap
interface Place {
  x: number;
  y: number;
}

/**
 * The photo in the result view. One finger or the mouse drags the line; an enlarged photo is moved
 * instead, and the line at itself. Two fingers, the wheel, buttons and keys zoom. A finger that goes
 * up or down scrolls the page: the line goes along sideways, or to where it tapped.
 */
export function resultStage(stage: HTMLElement, store: Store, flow: Flow, say: Say): void {
  const down = new Map<number, Place>();
  let dragsLine = false;
  /** Where a finger came down that may still want to scroll or pinch. */
  let undecided: Place | null = null;
  const showing = () => store.state.view === "result" && store.state.photo !== null;
  const enlarged = () => store.state.camera.zoom > ENLARGED;
  stage.append(controls(stage, store, say), keysLine(stage, store, say));

  stage.addEventListener("pointerdown", (event) => {
    if (!showing() || event.button !== 0) return;
    const here = { x: event.clientX, y: event.clientY };
    down.set(event.pointerId, here);
    stage.setPointerCapture(event.pointerId);
    const onLine = (event.target as Element).closest(".iph-line") !== null;
    dragsLine = down.size === 1 && (onLine || !enlarged());
    undecided = dragsLine && event.pointerType === "touch" ? here : null;
    if (dragsLine && !undecided) follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before || !showing()) return;
    const here = { x: event.clientX, y: event.clientY };
    if (undecided && isSideways(undecided, here)) undecided = null;
    if (down.size === 2) spread(event.pointerId, before, here);
    else if (down.size === 1 && !dragsLine) shift(here.x - before.x, here.y - before.y);
    else if (down.size === 1 && !undecided) follow(event);
    down.set(event.pointerId, here);
  });
  for (const kind of ["pointerup", "pointercancel"] as const) {
    stage.addEventListener(kind, (event) => {
      if (kind === "pointerup" && undecided && isNear(undecided, event)) follow(event);
      down.delete(event.pointerId);
      undecided = null;
      dragsLine = false; // the finger that is left moves the photo
    });
  }
  stage.addEventListener("dblclick", (event) => {
    if (!showing() || (event.target as Element).closest("button")) return;
    toggle(stage, store, ...share(event.clientX, event.clientY));
  });
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("touchmove", claim, { passive: false });
  stage.addEventListener("keydown", (event) => {
    if (!showing() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key(event)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (showing() && isHoldKey(event)) store.update({ holding: true });
  });
  document.addEventListener("keyup", (event) => {
    if (store.state.holding && event.key.toLowerCase() === HOLD_KEY) {
      store.update({ holding: false });
    }
  });
  // The key may come up where we do not hear it.
  window.addEventListener("blur", () => {
    if (store.state.holding) store.update({ holding: false });
  });
  store.subscribe(({ view, camera }) => {
    stage.classList.toggle("iph-enlarged", view === "result" && camera.zoom > ENLARGED);
  });

  function follow(event: PointerEvent): void {
    flow.setDivider(share(event.clientX, event.clientY)[0]);
  }

  function share(clientX: number, clientY: number): [number, number] {
    const frame = stage.getBoundingClientRect();
    return [(clientX - frame.left) / frame.width, (clientY - frame.top) / frame.height];
  }

  function zoom(x: number, y: number, factor: number): void {
    const { camera, photo } = store.state;
    const most = mostZoom(photo!, stage.clientWidth);
    store.update({ camera: zoomed(camera, factor, ...share(x, y), most) });
  }

  function shift(x: number, y: number): void {
    const { camera } = store.state;
    const moved = panned(camera, x / stage.clientWidth, y / stage.clientHeight);
    store.update({ camera: moved });
  }

  function spread(id: number, before: Place, here: Place): void {
    const other = [...down].find(([each]) => each !== id)![1];
    const apart = (place: Place) => Math.max(10, Math.hypot(place.x - other.x, place.y - other.y));
    zoom((here.x + other.x) / 2, (here.y + other.y) / 2, apart(here) / apart(before));
    shift((here.x - before.x) / 2, (here.y - before.y) / 2);
  }

  function wheel(event: WheelEvent): void {
    if (!showing()) return;
    const { camera } = store.state;
    if (event.ctrlKey || event.metaKey) {
      zoom(event.clientX, event.clientY, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0035)));
    } else if (enlarged()) {
      shift(-event.deltaX, -event.deltaY);
      if (store.state.camera.left === camera.left && store.state.camera.top === camera.top) return;
    } else return;
    event.preventDefault();
  }

  /** Fingers that move an enlarged photo or zoom do not scroll the page. */
  function claim(event: TouchEvent): void {
    if (showing() && (event.touches.length > 1 || enlarged())) event.preventDefault();
  }

  function key(event: KeyboardEvent): boolean {
    const { camera } = store.state;
    const most = mostZoom(store.state.photo!, stage.clientWidth);
    const onLine = event.target !== stage;
    const arrow = ARROWS[event.key];
    if (arrow && !onLine && enlarged()) {
      store.update({ camera: panned(camera, arrow[0] * KEY_STEP, arrow[1] * KEY_STEP) });
    } else if (event.key === "+" || event.key === "=") {
      store.update({ camera: zoomed(camera, CLOSER, 0.5, 0.5, most) });
    } else if (event.key === "-") {
      store.update({ camera: zoomed(camera, 1 / CLOSER, 0.5, 0.5, most) });
    } else if (event.key === "0") store.update({ camera: FIT });
    else if (event.key === "1") fullSize(stage, store);
    else return false;
    return true;
  }
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const isNear = (start: Place, { x, y }: Place): boolean =>
  Math.hypot(x - start.x, y - start.y) <= STILL;

const isSideways = (start: Place, here: Place): boolean =>
  !isNear(start, here) && Math.abs(here.x - start.x) > Math.abs(here.y - start.y);

function isHoldKey(event: KeyboardEvent): boolean {
  const { target } = event;
  const typing = target instanceof HTMLInputElement && target.type === "text";
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  return plain && !typing && event.key.toLowerCase() === HOLD_KEY;
}

/** Hold to see before, and 100 %, on the photo. */
function controls(stage: HTMLElement, store: Store, say: Say): HTMLElement {
  const hold = button("iph-zoom iph-hold", say("hold"), () => undefined);
  hold.title = say("hold_hint");
  const holding = (value: boolean) => () => store.update({ holding: value });
  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    store.update({ holding: true });
  });
  for (const kind of ["pointerup", "pointercancel", "blur", "keyup"]) {
    hold.addEventListener(kind, holding(false));
  }
  hold.addEventListener("keydown", ({ key }) => {
    if (key === " " || key === "Enter") store.update({ holding: true });
  });
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  const full = button("iph-zoom iph-full", "100 %", () => toggle(stage, store));
  full.title = say("full_size_hint");
  full.setAttribute("aria-label", say("full_size"));
  const group = element("div", { class: "iph-holds" }, [hold, full]);
  for (const kind of ["pointerdown", "pointerup", "pointermove", "dblclick"]) {
    group.addEventListener(kind, (event) => event.stopPropagation());
  }
  store.subscribe((state) => {
    group.hidden = state.view !== "result";
    hold.setAttribute("aria-pressed", String(state.holding));
    const zoom = state.photo ? fullZoom(stage, state.photo) : 0;
    full.hidden = zoom <= ENLARGED;
    full.setAttribute("aria-pressed", String(Math.abs(state.camera.zoom - zoom) < 0.01));
  });
  return group;
}

/** What keys do here, for screen readers. */
function keysLine(stage: HTMLElement, store: Store, say: Say): HTMLElement {
  store.subscribe(({ view }) => {
    stage.setAttribute("aria-describedby", view === "result" ? "iph-result-keys" : "iph-keys");
  });
  return element("p", { class: "iph-unseen", id: "iph-result-keys" }, [say("result_keys")]);
}

/** One pixel of the photo on one of the screen. */
function fullZoom(stage: HTMLElement, photo: Photo): number {
  const density = Math.min(window.devicePixelRatio || 1, 3);
  return photo.width / Math.max(1, stage.clientWidth * density);
}

/** To 100 % around a place of the stage, or around the person who changed; and back. */
function toggle(stage: HTMLElement, store: Store, x?: number, y?: number): void {
  if (store.state.camera.zoom > ENLARGED) store.update({ camera: FIT });
  else fullSize(stage, store, x, y);
}

function fullSize(stage: HTMLElement, store: Store, x?: number, y?: number): void {
  const photo = store.state.photo!;
  const zoom = Math.max(1, fullZoom(stage, photo));
  const [across, down] = photo.regions.change?.anchor ?? [photo.width / 2, photo.height / 2];
  const [left, top] = x === undefined ? [across / photo.width, down / photo.height] : [x, y!];
  const at: Camera = { zoom, left: left - 0.5 / zoom, top: top - 0.5 / zoom };
  // Across the middle of what is shown now.
  store.update({ camera: panned(at, 0, 0), divider: 0.5 });
}
