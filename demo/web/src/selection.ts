/** What a person said about one role, and what follows from it. Nothing here changes anything. */

import { ROLES } from "./types";
import type { Level, Photo, Role, Selection, Stroke, Tap } from "./types";

export const NOBODY: Selection = {
  taps: [],
  box: null,
  level: "person",
  mask: null,
  inverted: false,
  photo: null,
  grow: 0,
  strokes: [],
  automatic: false,
};
/** Nobody yet: the server may find someone. */
export const ANYBODY: Selection = { ...NOBODY, automatic: true };

export type Selections = Record<Role, Selection>;

/** What the server keeps, as the page's own. */
export function selectionsOf(photo: Photo | null): Selections {
  return {
    change: photo?.regions.change?.selection ?? NOBODY,
    match:
      photo?.regions.match?.selection ??
      photo?.other?.selection ??
      (photo?.background ? NOBODY : ANYBODY),
  };
}

export const isEmpty = ({ taps, box, mask, photo }: Selection): boolean =>
  !taps.length && box === null && mask === null && photo === null;

/** Whether it lies in another photo: nothing of it is drawn or changed here. */
export const isElsewhere = ({ photo }: Selection): boolean => photo !== null;

/** Whether taps can be added: to what was tapped or found by us, not to a mask of somebody's own. */
export const isRefinable = (selection: Selection): boolean =>
  !isEmpty(selection) && !isBrought(selection) && !isElsewhere(selection);

export const isBrought = ({ mask }: Selection): boolean => mask?.startsWith("brought-") ?? false;

/** Whether there is somebody whose region tools can change. */
const isHere = (selection: Selection): boolean => !isEmpty(selection) && !isElsewhere(selection);

/** Whom tools change: whom people chose rather than whom we found, the chosen role before the one
 * that was worked on last. null = nobody. */
export function toolsRole({ role, touched, selections }: ToolsState): Role | null {
  const isOwn = (each: Role) => isHere(selections[each]) && !selections[each].automatic;
  const found = isHere(selections[role]) ? role : ROLES.find(isOwn);
  return [role, touched].find(isOwn) ?? found ?? null;
}

interface ToolsState {
  role: Role;
  touched: Role;
  selections: Selections;
}

/** Equal for selections that mean the same region. */
export const keyOf = (selection: Selection): string =>
  JSON.stringify([
    selection.taps,
    selection.box,
    selection.level,
    selection.mask,
    selection.inverted,
    selection.photo,
    selection.grow,
    selection.strokes,
  ]);

/** Whether two mean the same, and who chose it. */
export const sameSelection = (one: Selection, other: Selection): boolean =>
  keyOf(one) === keyOf(other) && one.automatic === other.automatic;

export const tapped = (x: number, y: number, level: Level): Selection => ({
  ...NOBODY,
  taps: [[x, y, true]],
  level,
});

/**
 * One more point; what we found by ourselves becomes a tap at its deepest point first. null where
 * that point is not known yet.
 */
export function withTap(
  selection: Selection,
  tap: Tap,
  anchor: [number, number] | null,
): Selection | null {
  if (selection.mask && !anchor) return null;
  const taps: Tap[] = selection.mask && anchor ? [[...anchor, true]] : selection.taps;
  return { ...selection, taps: [...taps, tap], mask: null, inverted: false, automatic: false };
}

/** One point less; without any that adds, and without a box, it is nobody. */
export function withoutTap(selection: Selection, index: number): Selection {
  const taps = selection.taps.filter((_, place) => place !== index);
  const something = selection.box !== null || taps.some(([, , adds]) => adds);
  return something ? { ...selection, taps } : NOBODY;
}

/** As many points and strokes as the server takes (demo/selection.py). */
export const MOST_TAPS = 64;
export const MOST_STROKES = 500;
const MOST_CHARACTERS = 56_000; // the server takes requests of 64 KB ...
const MOST_NUMBERS = 8192; // ... and so many of one stroke

/** The selection with a stroke more, made coarser where it would be too much to send. */
export function withStroke(selection: Selection, stroke: Stroke): Selection {
  let spacing = Math.max(1, stroke.radius / 4);
  let added = { ...selection, strokes: [...selection.strokes, thinned(stroke, spacing)] };
  while (isTooMuch(added) && spacing < 4096) {
    spacing *= 2;
    const coarse = spacing;
    added = { ...added, strokes: added.strokes.map((line) => thinned(line, coarse)) };
  }
  return { ...added, automatic: false };
}

const isTooMuch = (selection: Selection): boolean =>
  selection.strokes.some(({ points }) => points.length > MOST_NUMBERS) ||
  JSON.stringify(selection).length > MOST_CHARACTERS;

/** A stroke whose points lie at least `spacing` apart; they name the pixels it passes. Its end stays. */
export function thinned({ points, radius, erase }: Stroke, spacing: number): Stroke {
  const kept = [Math.floor(points[0]!), Math.floor(points[1]!)];
  for (let i = 2; i < points.length; i += 2) {
    const [x, y] = [Math.floor(points[i]!), Math.floor(points[i + 1]!)];
    const away = Math.hypot(x - kept[kept.length - 2]!, y - kept[kept.length - 1]!);
    if (away >= spacing || (away > 0 && i === points.length - 2)) kept.push(x, y);
  }
  return { points: kept, radius: Math.round(radius * 10) / 10, erase };
}

/** Whether the last stroke over a place put it inside; null where none passed. */
export function paintedAt({ strokes }: Selection, x: number, y: number): boolean | null {
  const over = strokes.filter((stroke) => passes(stroke, x, y)).at(-1);
  return over ? !over.erase : null;
}

function passes({ points, radius }: Stroke, x: number, y: number): boolean {
  for (let i = 0; i < points.length; i += 2) {
    const [fromX, fromY] = [points[Math.max(0, i - 2)]!, points[Math.max(1, i - 1)]!];
    const [alongX, alongY] = [points[i]! - fromX, points[i + 1]! - fromY];
    const square = alongX ** 2 + alongY ** 2;
    const share = square ? ((x - fromX) * alongX + (y - fromY) * alongY) / square : 0;
    const near = Math.min(1, Math.max(0, share));
    if (Math.hypot(x - fromX - near * alongX, y - fromY - near * alongY) <= radius) return true;
  }
  return false;
}
