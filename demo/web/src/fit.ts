import { element } from "./dom";

const NARROW = 820; // CSS pixels below which the panel stands under the photo
const SLIM = 200; // CSS pixels below which names and buttons find no room on the photo
const TIGHT = [340, 410] as const; // below which a result's buttons find none beside each other
const LEAST = 240; // CSS pixels that a photo may be high however low the window is

/**
 * Give a stage the largest size that fits beside or above the panel; true when it changed.
 * share: of the window's height, where the panel stands under the photo.
 */
export function fitStage(
  frame: HTMLElement,
  stage: HTMLElement,
  canvas: HTMLCanvasElement,
  photo: { width: number; height: number } | null | undefined,
  share: number,
): boolean {
  if (!photo || !frame.clientWidth) return false;
  const narrow = window.innerWidth < NARROW;
  const room = narrow ? steadyHeight() * share : Math.min(window.innerHeight - 190, 900);
  const scale = Math.min(frame.clientWidth / photo.width, Math.max(room, LEAST) / photo.height);
  const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];
  stage.style.width = `${width}px`;
  stage.style.height = `${height}px`;
  const slim = Math.min(width, height) < SLIM;
  const tight = width < TIGHT[narrow ? 0 : 1]; // a wide window has one button more
  stage.classList.toggle("iph-slim", slim);
  stage.classList.toggle("iph-thin", slim && tight);
  stage.classList.toggle("iph-tight", !slim && tight);
  const density = Math.min(window.devicePixelRatio || 1, 3);
  const [columns, rows] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width === columns && canvas.height === rows) return false;
  canvas.width = columns;
  canvas.height = rows;
  return true;
}

let ruler: HTMLElement | null = null;

/** The window's height while a phone shows its bars: the photo keeps its size when they fold away. */
function steadyHeight(): number {
  ruler ??= document.body.appendChild(element("div", { class: "iph-ruler", "aria-hidden": "true" }));
  return ruler.clientHeight || window.innerHeight;
}
