import { element, setText } from "../dom";
import { fitStage } from "../fit";
import type { Way } from "../history";
import { wayOf } from "../keys";
import type { Flow } from "../flow";
import { busyText } from "../line";
import { toldPictures } from "../pictures";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Composer } from "./composer";
import { composerOf, PLACE } from "./composer";
import { Crosshair } from "./crosshair";
import { SceneDrawing } from "./draw";
import { keyed, listenToGestures } from "./gestures";
import { placePanel } from "./place_panel";
import { cornersOf } from "./transform";
import type { Point } from "./transform";

const SHARE = 0.54; // of the window that the scene may fill above the panel
const HANDLE = 22; // CSS pixels from a handle's center to its edge
const ARM = 34; // CSS pixels from the cut-out's upper edge to the handle that turns
const SAID_AFTER = 600; // milliseconds

/** The scene with the cut-out over it, to be moved, sized, turned and put behind someone. */
export function placeView(store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const line = element("p", { class: "iph-step", role: "status" });
  const where = element("span", { class: "iph-unseen", "aria-live": "polite" });
  const tell = teller(where);
  const travel = (way: Way): void => {
    if (composer.travel(way)) tell(whereIt(composer, say));
  };
  const view = element("section", { class: "iph-work iph-placing" }, [
    line,
    placeStage(store, composer, where, tell, say),
    placePanel(store, composer, travel, say),
  ]);
  document.addEventListener("keydown", (event) => {
    const way = store.state.view === PLACE ? wayOf(event) : null;
    if (!way) return;
    travel(way === "undo" ? "past" : "future");
    event.preventDefault();
  });
  composer.subscribe(() => {
    const { busy } = store.state;
    if (store.state.view !== PLACE) return;
    line.classList.toggle("iph-waiting", busy !== null);
    const next = composer.choosesBehind ? "step_behind" : "step_place";
    setText(line, busy ? `${busyText(store.state, say)} …` : say(next));
  });
  return view;
}

/** Says what stands there last, to those who listen, once it rests. */
function teller(where: HTMLElement): (said: string) => void {
  let timer = 0;
  return (said) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => (where.textContent = said), SAID_AFTER);
  };
}

const percent = (share: number): number => Math.round(100 * share);

/** Where the cut-out is, in words. */
function whereIt({ composition }: Composer, say: Say): string {
  const { look, scene, cutout } = composition ?? {};
  if (!look || !scene || !cutout) return "";
  return say("compose_where", {
    x: percent(look.x / scene.width),
    y: percent(look.y / scene.height),
    size: percent((look.scale * cutout.height) / scene.height),
  });
}

function placeStage(
  store: Store,
  composer: Composer,
  where: HTMLElement,
  tell: (said: string) => void,
  say: Say,
): HTMLElement {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const [size, turn] = [handle("size", say), handle("turn", say)];
  const frameLine = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  frameLine.append(shape);
  frameLine.setAttribute("aria-hidden", "true");
  const stage = element(
    "div",
    {
      class: "iph-stage iph-place",
      role: "application",
      tabindex: "0",
      "aria-label": say("compose_stage"),
    },
    [canvas, size, turn],
  );
  canvas.after(frameLine);
  const frame = element("div", { class: "iph-frame" }, [stage, where]);

  let waiting = 0;
  const redraw = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      if (composer.composition) drawing.draw(composer.composition, composer.choosesBehind);
    });
  };
  const pictures = toldPictures(store, say, redraw);
  const drawing = new SceneDrawing(canvas, pictures);
  composer.preload = async ({ shadow, behind }) => {
    const wanted = [shadow?.picture, behind.picture];
    await pictures.fetchAhead(wanted.filter((address) => !!address) as string[]);
  };

  listenToGestures(stage, {
    look: () => composer.composition?.look ?? null,
    change: (look, source) => composer.change(look, source),
    hold: (holds) => (holds ? composer.moves.gesture.hold() : composer.moves.gesture.letGo()),
    taps: () => composer.choosesBehind,
    scene: () => composer.composition?.scene ?? null,
    tap: ([x, y]) => composer.tapBehind(x, y),
  });
  const crosshair = new Crosshair(stage, composer);
  stage.append(crosshair.element);
  listenToKeys(stage, composer, crosshair, tell, say);

  const update = () => {
    if (store.state.view !== PLACE) return;
    stage.classList.toggle("iph-busy", store.state.busy !== null);
    stage.classList.toggle("iph-tapping", composer.choosesBehind);
    stage.setAttribute("aria-label", say(composer.choosesBehind ? "compose_stage_behind" : "compose_stage"));
    stage.dataset.saved = String(composer.isSaved);
    fitStage(frame, stage, canvas, composer.composition?.scene, SHARE);
    showHandles(stage, shape, size, turn, composer);
    redraw();
  };
  new ResizeObserver(update).observe(frame);
  window.addEventListener("resize", update);
  composer.subscribe(update);
  return frame;
}

function handle(kind: "size" | "turn", say: Say): HTMLElement {
  const title = say(`compose_handle_${kind}`);
  return element("span", { class: `iph-handle iph-handle-${kind}`, "data-handle": kind, title });
}

function listenToKeys(
  stage: HTMLElement,
  composer: Composer,
  crosshair: Crosshair,
  tell: (said: string) => void,
  say: Say,
): void {
  stage.addEventListener("keydown", (event) => {
    const { look, scene } = composer.composition ?? {};
    if (!look || !scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const taps = composer.choosesBehind;
    const next = taps ? null : keyed(look, event.key, event.shiftKey, scene.width);
    if (next) composer.change(next, event.key.toLowerCase());
    else if (!taps || !crosshair.press(event.key, event.shiftKey)) return;
    event.preventDefault();
    const [x, y] = crosshair.point;
    const aim = { x: percent(x / scene.width), y: percent(y / scene.height) };
    tell(next ? whereIt(composer, say) : say("compose_crosshair", aim));
  });
}

/** The dashed frame around the cut-out and its handles, which stay where fingers reach them. */
function showHandles(
  stage: HTMLElement,
  shape: SVGPolygonElement,
  size: HTMLElement,
  turn: HTMLElement,
  composer: Composer,
): void {
  const { look, cutout, scene } = composer.composition ?? {};
  const hidden = !look || !cutout || composer.choosesBehind;
  size.hidden = turn.hidden = hidden;
  shape.style.display = hidden ? "none" : "";
  if (!look || !cutout || !scene) return;
  const [width, height] = [parseFloat(stage.style.width), parseFloat(stage.style.height)];
  if (!width || !height) return; // not laid out yet
  const pixels = width / scene.width;
  const corners = cornersOf(look, cutout.width, cutout.height).map(
    ([x, y]): Point => [x * pixels, y * pixels],
  );
  shape.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  const [upperLeft, upperRight, lowerRight] = corners as [Point, Point, Point];
  const turned = (look.rotation * Math.PI) / 180;
  const top: Point = [(upperLeft[0] + upperRight[0]) / 2, (upperLeft[1] + upperRight[1]) / 2];
  const above: Point = [top[0] + ARM * Math.sin(turned), top[1] - ARM * Math.cos(turned)];
  put(size, lowerRight, width, height);
  put(turn, above, width, height);
}

function put(shown: HTMLElement, [x, y]: Point, width: number, height: number): void {
  const inside = (place: number, end: number) => Math.min(end - HANDLE, Math.max(HANDLE, place));
  shown.style.left = `${inside(x, width)}px`;
  shown.style.top = `${inside(y, height)}px`;
}
