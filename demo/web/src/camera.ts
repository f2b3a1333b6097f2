/** What part of the photo the stage shows: `zoom` times the fit, from the share `left`, `top` on. */

import type { Photo } from "./types";

export interface Camera {
  zoom: number;
  left: number;
  top: number;
}

export const FIT: Camera = { zoom: 1, left: 0, top: 0 };
const CLOSEST = 4; // CSS pixels that one pixel of the photo may take

/** Whether some of the photo lies beyond the stage, so that it can be moved. */
export const isEnlarged = (zoom: number): boolean => zoom > 1.01;

export function mostZoom(photo: Photo, stageWidth: number): number {
  return Math.max(4, (CLOSEST * photo.width) / Math.max(1, stageWidth));
}

/** Zoom so that the place under x, y (shares of the stage) stays where it is. */
export function zoomed(camera: Camera, factor: number, x: number, y: number, most: number): Camera {
  const zoom = Math.min(most, Math.max(1, camera.zoom * factor));
  return inPhoto({
    zoom,
    left: camera.left + x / camera.zoom - x / zoom,
    top: camera.top + y / camera.zoom - y / zoom,
  });
}

/** Move the photo by shares of the stage. */
export function panned(camera: Camera, x: number, y: number): Camera {
  const { zoom, left, top } = camera;
  return inPhoto({ zoom, left: left - x / zoom, top: top - y / zoom });
}

/** Move as little as shows the place x, y (shares of the photo) with some room around it. */
export function showing(camera: Camera, x: number, y: number): Camera {
  const room = 0.12 / camera.zoom;
  const last = 1 / camera.zoom - room;
  return inPhoto({
    zoom: camera.zoom,
    left: Math.min(x - room, Math.max(x - last, camera.left)),
    top: Math.min(y - room, Math.max(y - last, camera.top)),
  });
}

/** At a zoom, with the place x, y (shares of the photo) in the middle, as far as the photo reaches. */
export const centered = (zoom: number, x: number, y: number): Camera =>
  inPhoto({ zoom, left: x - 0.5 / zoom, top: y - 0.5 / zoom });

function inPhoto({ zoom, left, top }: Camera): Camera {
  const end = 1 - 1 / zoom;
  return { zoom, left: Math.min(end, Math.max(0, left)), top: Math.min(end, Math.max(0, top)) };
}

/** From shares of the stage to shares of the photo, and back. */
export const toPhoto = ({ zoom, left, top }: Camera, x: number, y: number): [number, number] => [
  left + x / zoom,
  top + y / zoom,
];
export const toStage = ({ zoom, left, top }: Camera, x: number, y: number): [number, number] => [
  (x - left) * zoom,
  (y - top) * zoom,
];
