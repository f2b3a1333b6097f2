/** Where a cut-out lies in the scene; iph_core/compose/placement.py has the same matrix. */

import type { Look } from "./types";

export type Point = [number, number];
export type Matrix = [number, number, number, number, number, number];

export const SCALES: Point = [0.001, 100];
const LEAST_SEEN = 0.06; // of the scene's shorter side

/**
 * From a point (u, v) of a cut-out of w x h pixels to the scene, as a canvas takes it (a b c d e f):
 *
 *   |X|   |x|           |cos r  -sin r| |f  0| |u - w/2|
 *   |Y| = |y| + scale * |sin r   cos r| |0  1| |v - h/2|      f = -1 if flipped, else 1
 */
export function matrixOf(look: Look, width: number, height: number): Matrix {
  const turn = (look.rotation * Math.PI) / 180;
  const mirror = look.flip ? -1 : 1;
  const [cosine, sine] = [look.scale * Math.cos(turn), look.scale * Math.sin(turn)];
  const [a, b, c, d] = [cosine * mirror, sine * mirror, -sine, cosine];
  const [u, v] = [width / 2, height / 2];
  return [a, b, c, d, look.x - a * u - c * v, look.y - b * u - d * v];
}

export function through(matrix: Matrix, [u, v]: Point): Point {
  const [a, b, c, d, e, f] = matrix;
  return [a * u + c * v + e, b * u + d * v + f];
}

/** The corners of the placed cut-out as seen: upper left, upper right, lower right, lower left. */
export function cornersOf(look: Look, width: number, height: number): Point[] {
  const matrix = matrixOf({ ...look, flip: false }, width, height);
  const corners: Point[] = [[0, 0], [width, 0], [width, height], [0, height]];
  return corners.map((corner) => through(matrix, corner));
}

export function moved(look: Look, x: number, y: number): Look {
  return { ...look, x: look.x + x, y: look.y + y };
}

interface Size {
  width: number;
  height: number;
}

/** Moved back so far that some of the cut-out stays in the scene, to be taken hold of. */
export function keptIn(look: Look, cutout: Size, scene: Size): Look {
  const corners = cornersOf(look, cutout.width, cutout.height);
  const least = LEAST_SEEN * Math.min(scene.width, scene.height);
  const back = (axis: 0 | 1, end: number): number => {
    const places = corners.map((corner) => corner[axis]);
    return Math.max(0, least - Math.max(...places)) - Math.max(0, Math.min(...places) - (end - least));
  };
  return moved(look, back(0, scene.width), back(1, scene.height));
}

/** Larger by a factor and turned by degrees around a point of the scene. */
export function around(look: Look, [x, y]: Point, factor: number, degrees: number): Look {
  const scale = Math.min(SCALES[1], Math.max(SCALES[0], look.scale * factor));
  const real = scale / look.scale;
  const turn = (degrees * Math.PI) / 180;
  const [cosine, sine] = [real * Math.cos(turn), real * Math.sin(turn)];
  const [dx, dy] = [look.x - x, look.y - y];
  return {
    ...look,
    x: x + cosine * dx - sine * dy,
    y: y + sine * dx + cosine * dy,
    scale,
    rotation: normal(look.rotation + degrees),
  };
}

/** Degrees as -180 to 180. */
export function normal(degrees: number): number {
  const turned = ((((degrees + 180) % 360) + 360) % 360) - 180;
  return Math.round(turned * 1000) / 1000;
}

/** What two fingers did: from where they were to where they are. */
export function pinched(look: Look, from: [Point, Point], to: [Point, Point]): Look {
  const [start, end] = [across(from), across(to)];
  const factor = end.length / Math.max(1e-6, start.length);
  const [x0, y0] = middle(from);
  const [x1, y1] = middle(to);
  return moved(around(look, [x0, y0], factor, end.degrees - start.degrees), x1 - x0, y1 - y0);
}

/** What dragging a handle from one point to another did, around the cut-out's center. */
export function handled(look: Look, kind: "size" | "turn", from: Point, to: Point): Look {
  const center: Point = [look.x, look.y];
  const [start, end] = [across([center, from]), across([center, to])];
  if (kind === "turn") return around(look, center, 1, end.degrees - start.degrees);
  return around(look, center, end.length / Math.max(1e-6, start.length), 0);
}

function across([[x0, y0], [x1, y1]]: [Point, Point]): { length: number; degrees: number } {
  const [x, y] = [x1 - x0, y1 - y0];
  return { length: Math.hypot(x, y), degrees: (Math.atan2(y, x) * 180) / Math.PI };
}

function middle([[x0, y0], [x1, y1]]: [Point, Point]): Point {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}
