import { isEnlarged } from "../camera";
import { button, element } from "../dom";
import type { Flow } from "../flow";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Place, Viewer } from "../viewer";

const KEY_STEP = 0.1; // of the stage, that an arrow moves an enlarged photo by
const HOLD_KEY = "b";
const STILL = 9; // CSS pixels that a finger may wander in a tap

/**
 * The photo in the result view. One finger or the mouse drags the line; an enlarged photo is moved
 * instead, and the line at itself. Two fingers, the wheel, buttons and keys zoom. A finger that goes
 * up or down scrolls the page: the line goes along sideways, or to where it tapped.
 */
export function resultStage(
  stage: HTMLElement,
  store: Store,
  flow: Flow,
  viewer: Viewer,
  say: Say,
): void {
  let dragsLine = false;
  /** Where a finger came down that may still want to scroll or pinch. */
  let undecided: Place | null = null;
  const showing = () => store.state.view === "result" && store.state.photo !== null;
  stage.append(controls(store, viewer, say), keysLine(stage, store, say));

  stage.addEventListener("pointerdown", (event) => {
    if (!showing() || event.button > 1) return;
    if (event.button === 1) event.preventDefault(); // The browser would scroll by itself.
    stage.setPointerCapture(event.pointerId);
    const onLine = (event.target as Element).closest(".iph-line") !== null;
    const isFirst = viewer.press(event) === 1;
    dragsLine = isFirst && event.button === 0 && (onLine || !viewer.isEnlarged);
    undecided = dragsLine && event.pointerType === "touch" ? event : null;
    if (dragsLine && !undecided) follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!showing() || !viewer.isDown(event)) return;
    if (undecided && isSideways(undecided, event)) undecided = null;
    if (dragsLine && !undecided) follow(event);
    viewer.drag(event, !dragsLine);
  });
  for (const kind of ["pointerup", "pointercancel"] as const) {
    stage.addEventListener(kind, (event) => {
      if (kind === "pointerup" && undecided && isNear(undecided, event)) follow(event);
      undecided = null;
      dragsLine = false; // the finger that is left moves the photo
    });
  }
  stage.addEventListener("dblclick", (event) => {
    if (!showing() || (event.target as Element).closest("button")) return;
    toggle(store, viewer, viewer.onPhoto(event));
  });
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
    stage.classList.toggle("iph-enlarged", view === "result" && isEnlarged(camera.zoom));
  });

  function follow(event: PointerEvent): void {
    flow.setDivider(viewer.onStage(event)[0]);
  }

  /** Fingers that move an enlarged photo or zoom do not scroll the page. */
  function claim(event: TouchEvent): void {
    if (showing() && (event.touches.length > 1 || viewer.isEnlarged)) event.preventDefault();
  }

  function key(event: KeyboardEvent): boolean {
    const arrow = event.target === stage ? ARROWS[event.key] : undefined;
    if (arrow && viewer.isEnlarged) viewer.pan(arrow[0] * KEY_STEP, arrow[1] * KEY_STEP);
    else if (event.key === "1") fullSize(store, viewer);
    else return viewer.key(event.key);
    return true;
  }
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const isNear = (start: Place, { clientX, clientY }: Place): boolean =>
  Math.hypot(clientX - start.clientX, clientY - start.clientY) <= STILL;

function isSideways(start: Place, here: Place): boolean {
  const [x, y] = [here.clientX - start.clientX, here.clientY - start.clientY];
  return !isNear(start, here) && Math.abs(x) > Math.abs(y);
}

function isHoldKey(event: KeyboardEvent): boolean {
  const { target } = event;
  const typing = target instanceof HTMLInputElement && target.type === "text";
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  return plain && !typing && event.key.toLowerCase() === HOLD_KEY;
}

/** Hold to see before, and 100 %, on the photo. */
function controls(store: Store, viewer: Viewer, say: Say): HTMLElement {
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
  const full = button("iph-zoom iph-full", "100 %", () => toggle(store, viewer));
  full.title = say("full_size_hint");
  full.setAttribute("aria-label", say("full_size"));
  const group = element("div", { class: "iph-holds" }, [hold, full]);
  for (const kind of ["pointerdown", "pointerup", "pointermove", "dblclick"]) {
    group.addEventListener(kind, (event) => event.stopPropagation());
  }
  store.subscribe((state) => {
    group.hidden = state.view !== "result";
    hold.setAttribute("aria-pressed", String(state.holding));
    const zoom = state.photo ? viewer.fullZoom : 0;
    full.hidden = !isEnlarged(zoom);
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

/** To 100 % around a place of the photo, or around the person who changed; and back. */
function toggle(store: Store, viewer: Viewer, place?: [number, number]): void {
  if (viewer.isEnlarged) viewer.fit();
  else fullSize(store, viewer, place);
}

function fullSize(store: Store, viewer: Viewer, place?: [number, number]): void {
  const { width, height, regions } = store.state.photo!;
  viewer.center(Math.max(1, viewer.fullZoom), place ?? regions.change?.anchor ?? [width / 2, height / 2]);
  store.update({ divider: 0.5 }); // Across the middle of what is shown now.
}
