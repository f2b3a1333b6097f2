/** What a tap there would hit of what is selected and drawn. Nothing here changes anything. */

import * as selecting from "./selection";
import { contains } from "./shape";
import type { State } from "./state";
import { shapeOf } from "./state";
import { ROLES } from "./types";
import type { Level, Role } from "./types";

const AROUND = 2; // times the reach of a tap: so near to a tap lies who is not drawn yet

/** A point of a selection that a tap can delete. */
export interface Point {
  role: Role;
  index: number;
}

/** A tap in whom a role means already. */
export interface Again {
  role: Role;
  /** What it chooses of them; null where they stay as they are, `note` says why. */
  level: Level | null;
  note: string | null;
}

/** The point under a finger. A single one is not there to be deleted: tapping it again cycles. */
export function pointAt({ selections, tool }: State, x: number, y: number, reach: number): Point | null {
  if (tool === "brush") return null;
  let nearest: (Point & { away: number }) | null = null;
  for (const role of ROLES) {
    const { taps } = selections[role];
    if (selecting.isElsewhere(selections[role])) continue;
    if (taps.length < 2 && tool === "pick") continue;
    taps.forEach(([left, top], index) => {
      const away = Math.hypot(left - x, top - y);
      if (away <= reach && (!nearest || away < nearest.away)) nearest = { role, index, away };
    });
  }
  return nearest;
}

/** Whom a tap there hits once more, and the next level that it takes them on to. */
export function againAt(state: State, x: number, y: number, reach: number): Again | null {
  const inside = (role: Role) => isInside(state, role, x, y, reach);
  const role = inside(state.role)
    ? state.role
    : state.role === "match" && inside("change")
      ? "change"
      : null;
  if (!role) return null;
  const selection = state.selections[role];
  const { level, taps, strokes } = selection;
  // What was made by hand is not lost by a tap.
  if (selecting.isBrought(selection)) return { role, level: null, note: "note_mask_brush" };
  if (strokes.length) return { role, level: null, note: "note_painted" };
  if (!taps.length) return { role, level: "person", note: null };
  // Nobody asks for less of whom they do not see yet: the tap was impatience, or a correction.
  if (!isDrawn(state, role)) return { role, level: role === state.role ? level : null, note: null };
  const levels = state.levels[role];
  const next = levels[(levels.indexOf(level) + 1) % levels.length] ?? "person";
  return { role, level: next, note: null };
}

/** The point deepest inside whom a role's selection means; null while nobody has said. */
export function anchorOf({ photo, selections }: State, role: Role): [number, number] | null {
  const selection = selections[role];
  const region = photo?.regions[role];
  if (region && selecting.keyOf(region.selection) === selecting.keyOf(selection)) {
    return region.anchor;
  }
  if (!photo || selection.inverted) return null;
  const offered = [...photo.people, ...photo.offers].find(({ mask }) => mask === selection.mask);
  return offered?.anchor ?? null;
}

function isInside(state: State, role: Role, x: number, y: number, reach: number): boolean {
  const selection = state.selections[role];
  if (selection.automatic || selecting.isElsewhere(selection)) return false;
  if (contains(shapeOf(state, role)?.polygons ?? [], x, y)) return true;
  const near = () =>
    selection.taps.some(([left, top]) => Math.hypot(left - x, top - y) <= AROUND * reach);
  return !isDrawn(state, role) && near();
}

/** Whether the shape that is drawn for a role is of whom it means now. */
function isDrawn(state: State, role: Role): boolean {
  const key = selecting.keyOf(state.selections[role]);
  return shapeOf(state, role)?.key.startsWith(key) ?? false;
}
