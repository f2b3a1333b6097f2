import { compareLine } from "./compare";
import { element } from "./dom";
import type { Flow } from "./flow";
import { Painter } from "./painter";
import { listenToPointer } from "./pointer";
import type { State, Store } from "./state";
import type { Say } from "./texts";
import type { Role } from "./types";

const NARROW = 820; // CSS pixels below which the panel stands under the photo

/** The photo: one canvas with name tags and the before/after line above it. */
export function stageView(root: HTMLElement, store: Store, flow: Flow, say: Say): HTMLElement {
  const canvas = element("canvas", { role: "img" });
  const stage = element("div", { class: "iph-stage" }, [
    canvas,
    ...(["change", "match"] as Role[]).map((role) => nameTag(role, store, say)),
    sideTag("before", store, say),
    sideTag("after", store, say),
    compareLine(store, flow, say),
    element("div", { class: "iph-progress", "aria-hidden": "true" }),
  ]);
  const frame = element("div", { class: "iph-frame" }, [stage]);
  const style = getComputedStyle(root);
  const colors = {
    change: style.getPropertyValue("--iph-change").trim() || "#e8590c",
    match: style.getPropertyValue("--iph-match").trim() || "#1c7ed6",
  };
  const painter = new Painter(canvas, store, colors, () => flow.fail(say("error_preview")));
  listenToPointer(stage, store, flow);
  const fit = () => fitCanvas(frame, stage, canvas, store.state) && painter.redraw();
  new ResizeObserver(fit).observe(frame);
  window.addEventListener("resize", fit);
  store.subscribe((state) => {
    stage.classList.toggle("iph-comparing", state.view === "result");
    stage.classList.toggle("iph-busy", state.busy !== null);
    canvas.setAttribute("aria-label", say("stage_label", { step: say(stepKey(state)) }));
    fit();
  });
  return frame;
}

/** The largest size that fits beside or above the panel; true when it changed. */
function fitCanvas(
  frame: HTMLElement,
  stage: HTMLElement,
  canvas: HTMLCanvasElement,
  state: State,
): boolean {
  const { photo } = state;
  if (!photo || !frame.clientWidth) return false;
  const narrow = window.innerWidth < NARROW;
  const room = narrow ? window.innerHeight * 0.58 : Math.min(window.innerHeight - 190, 900);
  const scale = Math.min(frame.clientWidth / photo.width, Math.max(room, 240) / photo.height);
  const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];
  stage.style.width = `${width}px`;
  stage.style.height = `${height}px`;
  const density = Math.min(window.devicePixelRatio || 1, 3);
  const [columns, rows] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width === columns && canvas.height === rows) return false;
  canvas.width = columns;
  canvas.height = rows;
  return true;
}

/** The role's name at the top of its person. */
function nameTag(role: Role, store: Store, say: Say): HTMLElement {
  const tag = element("span", { class: `iph-tag iph-${role}` }, [
    element("i", { "aria-hidden": "true" }),
    say(`tag_${role}`),
  ]);
  store.subscribe(({ photo, view }) => {
    const region = photo?.regions[role];
    tag.hidden = !region || view === "result";
    if (!photo || !region) return;
    const [left, top, right] = region.box;
    const center = (left + right) / 2 / photo.width;
    tag.style.left = `${100 * Math.min(0.9, Math.max(0.1, center))}%`;
    tag.style.top = `max(36px, ${(100 * top) / photo.height}%)`;
  });
  return tag;
}

function sideTag(side: "before" | "after", store: Store, say: Say): HTMLElement {
  const tag = element("span", { class: `iph-tag iph-${side}` }, [say(side)]);
  store.subscribe(({ view, divider }) => {
    const room = side === "before" ? divider : 1 - divider;
    tag.hidden = view !== "result" || room < 0.16;
  });
  return tag;
}

/** Which sentence says what to do next. */
export function stepKey(state: State): string {
  const { photo, role, tool } = state;
  if (!photo) return "step_start";
  if (state.view === "result") return "step_result";
  if (tool === "add") return "step_refine";
  if (tool === "remove") return "step_refine_remove";
  if (role === "change" || !photo.regions.change) return "step_change";
  if (!photo.regions.match) return "step_match";
  return photo.regions.match.automatic ? "step_match_found" : "step_ready";
}
