/** Outlines: from the decoder's logits to polygons, and what can be asked of polygons. */

import type { Answer } from "./decoder";
import type { Box, Region, Selection, Stroke, Tap } from "./types";
import { keyOf } from "./selection";

/** What is drawn for a region. Polygons [x, y, ...] are in pixels of the full-size photo. */
export interface Shape {
  /** Of the selection that it shows. */
  key: string;
  polygons: number[][];
  /** Address of the server's mask; null while only the outline is known. */
  mask: string | null;
  box: Box;
  /** Edits that the polygons do not hold yet. */
  grow: number;
  strokes: Stroke[];
}

const SMALL_ISLAND = 0.1; // of the largest piece, as the server drops them
const SMALL_HOLE = 0.02; // of the region
// The sides of a cell by number: 0 top, 1 right, 2 bottom, 3 left. For each of the sixteen ways in
// which its corners (1 top left, 2 top right, 4 bottom right, 8 bottom left) lie inside, the sides
// from which and to which the outline runs, with the inside on its right.
const RUNS: Array<Array<[number, number]>> = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [[0, 3], [2, 1]],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [[1, 0], [3, 2]],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
];

export function shapeOfRegion(region: Region): Shape {
  const { outline, mask, box, selection } = region;
  return { key: keyOf(selection), polygons: outline, mask, box, grow: 0, strokes: [] };
}

/** How the key of a shape begins whose edge is moved only to show it; the pixels follow. */
export const previewOf = (selection: Selection): string => `${keyOf(selection)} `;

/** How far the edge is moved in what is drawn for a selection. */
export function edgeOf(shape: Shape | null, selection: Selection): number {
  const start = previewOf(selection);
  return shape?.key.startsWith(start) ? Number(shape.key.slice(start.length)) : selection.grow;
}

/** The outline where the logits cross 0; specks go as on the server, unless a tap lies in them. */
export function shapeOfAnswer(
  key: string,
  answer: Answer,
  [width, height]: [number, number],
  taps: Tap[],
): Shape | null {
  const scale = Math.max(width, height) / answer.side;
  const loops = contours(answer).map((loop) =>
    loop.map((place, i) => {
      const end = i % 2 ? height : width;
      return Math.min(end, Math.max(0, (place + 0.5) * scale));
    }),
  );
  const polygons = withoutSpecks(loops, taps);
  if (!polygons.length) return null;
  return { key, polygons, mask: null, box: boxOf(polygons), grow: 0, strokes: [] };
}

/** Marching squares with straight interpolation; closed loops in cells of the logits. */
function contours({ logits, side, content: [columns, rows] }: Answer): number[][] {
  // Beside the photo each value is mirrored with its sign turned: the outline runs on the border.
  const at = (x: number, y: number): number => {
    const [column, row] = [Math.min(columns - 1, Math.max(0, x)), Math.min(rows - 1, Math.max(0, y))];
    const value = logits[row * side + column]!;
    return column === x && row === y ? value : -Math.abs(value) - 1e-6;
  };
  const wide = columns + 2;
  const following = new Map<number, number>();
  const places = new Map<number, [number, number]>();
  const crossing = (x0: number, y0: number, x1: number, y1: number, name: number): number => {
    if (!places.has(name)) {
      const [a, b] = [at(x0, y0), at(x1, y1)];
      const share = a === b ? 0.5 : a / (a - b);
      places.set(name, [x0 + share * (x1 - x0), y0 + share * (y1 - y0)]);
    }
    return name;
  };
  for (let y = -1; y < rows; y++) {
    for (let x = -1; x < columns; x++) {
      const corners =
        (at(x, y) > 0 ? 1 : 0) +
        (at(x + 1, y) > 0 ? 2 : 0) +
        (at(x + 1, y + 1) > 0 ? 4 : 0) +
        (at(x, y + 1) > 0 ? 8 : 0);
      if (corners === 0 || corners === 15) continue;
      const first = 2 * ((y + 1) * wide + x + 1);
      const sides = [
        () => crossing(x, y, x + 1, y, first),
        () => crossing(x + 1, y, x + 1, y + 1, first + 3),
        () => crossing(x, y + 1, x + 1, y + 1, first + 2 * wide),
        () => crossing(x, y, x, y + 1, first + 1),
      ];
      for (const [from, to] of RUNS[corners]!) following.set(sides[from]!(), sides[to]!());
    }
  }
  return linked(following, places);
}

function linked(following: Map<number, number>, places: Map<number, [number, number]>): number[][] {
  const loops: number[][] = [];
  for (const start of [...following.keys()]) {
    const loop: number[] = [];
    let here: number | undefined = start;
    while (here !== undefined && following.has(here)) {
      const next: number = following.get(here)!;
      following.delete(here);
      loop.push(...places.get(here)!);
      here = next;
    }
    if (loop.length > 5) loops.push(loop);
  }
  return loops;
}

function withoutSpecks(loops: number[][], taps: Tap[]): number[][] {
  const areas = loops.map(area);
  const largest = Math.max(0, ...areas);
  const whole = areas.reduce((sum, each) => sum + each, 0);
  return loops.filter((loop, i) => {
    const holds = (adding: boolean) =>
      taps.some(([x, y, adds]) => adds === adding && contains([loop], x, y));
    if (areas[i]! > 0) return areas[i]! >= SMALL_ISLAND * largest || holds(true);
    return -areas[i]! >= SMALL_HOLE * whole || holds(false);
  });
}

/** Above 0 for what is inside, below for holes. */
function area(polygon: number[]): number {
  let twice = 0;
  for (let i = 0, last = polygon.length - 2; i < polygon.length; last = i, i += 2) {
    twice += polygon[last]! * polygon[i + 1]! - polygon[i]! * polygon[last + 1]!;
  }
  return twice / 2;
}

/** Whether a point lies inside, holes left out. */
export function contains(polygons: number[][], x: number, y: number): boolean {
  let inside = false;
  for (const polygon of polygons) {
    for (let i = 0, last = polygon.length - 2; i < polygon.length; last = i, i += 2) {
      const [x0, y0, x1, y1] = [polygon[last]!, polygon[last + 1]!, polygon[i]!, polygon[i + 1]!];
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
    }
  }
  return inside;
}

/**
 * The polygons led around `reach` outside of the photo where they run along its border (at most
 * `near` away): the region goes on behind it, and does not end there.
 */
export function beyondBorder(
  polygons: number[][],
  size: [number, number],
  reach: number,
  near: number,
): number[][] {
  const sideOf = (place: number, end: number): number =>
    place <= near ? -1 : place >= end - near ? 1 : 0;
  return polygons.map((polygon) => {
    const corners = Array.from({ length: polygon.length / 2 }, (_, i) => {
      const at: [number, number] = [polygon[2 * i]!, polygon[2 * i + 1]!];
      const sides = [sideOf(at[0], size[0]), sideOf(at[1], size[1])] as const;
      return { at, sides, outside: [at[0] + sides[0] * reach, at[1] + sides[1] * reach] };
    });
    const along = corners.map(({ sides }, i) => {
      const next = corners[(i + 1) % corners.length]!;
      return sides.some((side, axis) => side !== 0 && side === next.sides[axis]);
    });
    return corners.flatMap(({ at, outside }, i) => {
      const [comes, goes] = [along.at(i - 1)!, along[i]!];
      if (comes && goes) return outside;
      if (comes) return [...outside, ...at];
      return goes ? [...at, ...outside] : at;
    });
  });
}

function boxOf(polygons: number[][]): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons) {
    for (let i = 0; i < polygon.length; i += 2) {
      box[0] = Math.min(box[0], polygon[i]!);
      box[1] = Math.min(box[1], polygon[i + 1]!);
      box[2] = Math.max(box[2], polygon[i]!);
      box[3] = Math.max(box[3], polygon[i + 1]!);
    }
  }
  return box;
}
