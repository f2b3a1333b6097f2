import type { Camera } from "./camera";
import { FIT } from "./camera";
import { AS_MADE } from "./result/types";
import type { Measured, Numbers, Settings, Settled } from "./result/types";
import type { Place } from "./line";
import { Histories, UNTRODDEN } from "./history";
import type { Moment, Trail } from "./history";
import type { Selections } from "./selection";
import { isElsewhere, isEmpty, keyOf, selectionsOf } from "./selection";
import type { Shape } from "./shape";
import { previewOf, shapeOfRegion } from "./shape";
import type { Box, Level, Photo, Role, Stroke } from "./types";

export type Tool = "pick" | "add" | "remove" | "brush";
export const TOOLS: Tool[] = ["pick", "add", "remove", "brush"];

/** The view of people who went back to the start page, and left what they had as it was. */
export const AT_START = "start";

/** Whom a tap would choose or refine. */
export interface Hover {
  shape: Shape;
  role: Role;
  refines: boolean;
}

export interface State extends Trail<Moment>, Settings {
  photo: Photo | null;
  /** There is no picture of the photo yet. */
  unseen: boolean;
  /** "select" and "result" are the stage's; other names choose views that stand beside it. */
  view: string;
  /** Whom the next tap chooses, and how; and who was worked on last. */
  role: Role;
  tool: Tool;
  touched: Role;
  /** The brush: whether it erases, and its radius as a share of the photo's longer side. */
  erasing: boolean;
  brush: number;
  /** What the person wants; the server follows. */
  selections: Selections;
  /** What is drawn until the server's own mask is there. */
  drafts: Partial<Record<Role, Shape>>;
  levels: Record<Role, Level[]>;
  /** What a tap would take, under the mouse. */
  hover: Hover | null;
  /** The person is cut out for another photo: nobody is matched. */
  cutting: boolean;
  /** The photo that takes the look of the one on the stage, where somebody to match is tapped. */
  lendsTo: Photo | null;
  /** What is being drawn right now. */
  box: Box | null;
  stroke: Stroke | null;
  /** The crosshair that keys move, in pixels of the photo. */
  cursor: [number, number] | null;
  camera: Camera;
  /** What undo and redo go to in a result. */
  settled: Trail<Settled>;
  /** 0 to 1: share of the width that shows "before"; and whether "before" is held down. */
  divider: number;
  holding: boolean;
  numbers: Numbers | null;
  measured: Measured | null;
  warmingUp: boolean;
  /** Keys of texts: the running step, and what happened. */
  busy: string | null;
  line: Place | null;
  /** The share of a file that is sent, while one is. */
  sent: number | null;
  /** A selection is being drawn here, and outlined by the server. */
  drawing: boolean;
  outlining: boolean;
  note: string | null;
  /** How many notes there were: the same one again is news. */
  notes: number;
  connection: "fine" | "lost" | "back";
  error: string | null;
}

const LEVELS: Level[] = ["person", "part", "object"];

const START: State = {
  photo: null,
  unseen: false,
  view: "select",
  role: "change",
  tool: "pick",
  touched: "change",
  erasing: false,
  brush: 0.02,
  selections: selectionsOf(null),
  drafts: {},
  levels: { change: LEVELS, match: LEVELS },
  hover: null,
  cutting: false,
  lendsTo: null,
  box: null,
  stroke: null,
  cursor: null,
  camera: FIT,
  past: [],
  future: [],
  ...AS_MADE,
  settled: UNTRODDEN,
  divider: 0.5,
  holding: false,
  numbers: null,
  measured: null,
  warmingUp: false,
  busy: null,
  line: null,
  sent: null,
  drawing: false,
  outlining: false,
  note: null,
  notes: 0,
  connection: "fine",
  error: null,
};

export const isAtStart = ({ photo, view }: State): boolean =>
  view === AT_START || (photo === null && view === "select");

/** What the page shows follows from this alone. */
export class Store {
  private current: State = START;
  private readonly listeners: Array<(state: State) => void> = [];
  private readonly histories = new Histories();

  get state(): State {
    return this.current;
  }

  update(change: Partial<State>): void {
    const notes = this.current.notes + (change.note ? 1 : 0);
    this.current = { ...this.current, ...change, notes };
    for (const listener of this.listeners) listener(this.current);
  }

  /** Another photo, or none: nothing of the one before stays but what undo needs, for its return. */
  restart(photo: Photo | null, start: Partial<State> = {}): void {
    const { warmingUp, connection, photo: left } = this.current;
    if (left) this.histories.leave(left.id, this.current, this.current);
    const trail = photo ? this.histories.resume(photo) : null;
    const view = photo?.result ? "result" : "select";
    const role = photo?.regions.change ? "match" : "change";
    const selections = selectionsOf(photo);
    this.update({
      ...START,
      ...trail,
      warmingUp,
      connection,
      photo,
      view,
      role,
      selections,
      ...start,
    });
  }

  /** Have undo go on after a reload; before the page goes. */
  keepHistory(): void {
    const { photo, past, future, selections, role } = this.current;
    if (photo) this.histories.leave(photo.id, { past, future }, { selections, role });
    this.histories.keep();
  }

  subscribe(listener: (state: State) => void): void {
    this.listeners.push(listener);
    listener(this.current);
  }
}

/**
 * What is drawn for a role: with its edge on the move, else the server's region, else the page's
 * own draft, else what was there.
 */
export function shapeOf(state: State, role: Role): Shape | null {
  const selection = state.selections[role];
  if (isEmpty(selection) || isElsewhere(selection)) return null;
  const key = keyOf(selection);
  const region = state.photo?.regions[role];
  const shape = region ? shapeOfRegion(region) : null;
  const draft = state.drafts[role] ?? null;
  if (draft?.key.startsWith(previewOf(selection))) return draft;
  if (shape?.key === key) return shape;
  return draft?.key === key ? draft : (draft ?? shape);
}
