const NARROW = 820; // CSS pixels below which the panel stands under the photo
const SLIM = 200; // CSS pixels below which names and buttons find no room on the photo
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
  const room = narrow ? window.innerHeight * share : Math.min(window.innerHeight - 190, 900);
  const scale = Math.min(frame.clientWidth / photo.width, Math.max(room, LEAST) / photo.height);
  const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];
  stage.style.width = `${width}px`;
  stage.style.height = `${height}px`;
  stage.classList.toggle("iph-slim", Math.min(width, height) < SLIM);
  stage.classList.toggle("iph-thin", width < SLIM);
  const density = Math.min(window.devicePixelRatio || 1, 3);
  const [columns, rows] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width === columns && canvas.height === rows) return false;
  canvas.width = columns;
  canvas.height = rows;
  return true;
}
