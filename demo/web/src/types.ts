/** What the server tells the page (demo/workspace.py `describe`, demo/drawings.py, demo/selection.py). */

import type { Company, PickerSetup } from "./decoder";
import type { Change } from "./result/types";

export type Role = "change" | "match";
export const ROLES: Role[] = ["change", "match"];
export type Level = "person" | "part" | "object";
/** x, y in pixels of the full-size photo; true adds, false removes. */
export type Tap = [number, number, boolean];
/** Left, top, right, bottom in pixels of the full-size photo. */
export type Box = [number, number, number, number];

/** A line of the brush: x, y, x, y, ... and its radius in pixels of the full-size photo. */
export interface Stroke {
  points: number[];
  radius: number;
  erase: boolean;
}

/** Everything that decides a region; without taps, box and mask it is nobody. */
export interface Selection {
  taps: Tap[];
  box: Box | null;
  level: Level;
  mask: string | null;
  inverted: boolean;
  /** The other photo that all of this lies in; nothing else selected is all of that photo. */
  photo: string | null;
  grow: number;
  strokes: Stroke[];
  automatic: boolean;
}

export interface Region {
  mask: string;
  /** Closed polygons [x, y, x, y, ...] in pixels of the full-size photo. */
  outline: number[][];
  box: Box;
  /** The point deepest inside. */
  anchor: [number, number];
  selection: Selection;
}

/** Somebody we found: the name of their mask, and how they look. */
export interface Offer {
  mask: string;
  box: Box;
  /** The point deepest inside. */
  anchor: [number, number];
  thumbnail: string;
}

/** What another photo lends to be matched. */
export interface Lent {
  photo: string;
  whole: boolean;
  thumbnail: string;
  selection: Selection;
}

export interface Result {
  before: string;
  after: string;
  summary: string;
  /** In numbers, at full strength. */
  change: Change;
  /** The second reference that it blends with halfway: a key of the looks. */
  second: string | null;
  /** How much of the reference's look is taken over, 0 to 1; null where the weights cannot. */
  transfer: number | null;
}

export interface Photo {
  id: string;
  width: number;
  height: number;
  preview: string;
  preview_size: [number, number];
  /** The likeliest to have been pasted first. */
  people: Offer[];
  /** Who is there, as far as that tells what one tap means; null until it is known. */
  company: Company | null;
  /** Whom to match, the best first. */
  offers: Offer[];
  /** Nobody is to be matched, by the person's own wish. */
  background: boolean;
  regions: Partial<Record<Role, Region>>;
  /** Somebody in another photo is to be matched. */
  other: Lent | null;
  result: Result | null;
}

export interface ServerState {
  models: "loading" | "ready" | "failed";
  problem: string;
  photo: Photo | null;
}

export interface Example {
  name: string;
  thumbnail: string;
}

/** Given to `mount` by the page (demo/frame.py `page_setup`, demo/language.py `texts`). */
export interface Setup {
  texts: Record<string, string>;
  /** The code of the language that the texts are in, and the names of all there are. */
  language: string;
  languages: Record<string, string>;
  /** How long a photo is kept without use. */
  minutes: number;
  megabytes: number;
  /** How long a shared picture is kept. */
  share_days: number;
  examples: Example[];
  picker?: PickerSetup | null;
}
