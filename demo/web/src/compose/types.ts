/** What the server tells of a composition (demo/composition.py `describe`). */

import type { Photo } from "../types";

export type Step = "photos" | "cut" | "place" | "done";
export type Part = "scene" | "person";
/** What a single picture can be said to be: a part, or what is to be harmonized itself. */
export type Meant = Part | "photo";
export type Cast = "none" | "below" | "left" | "right";
export const CASTS: Cast[] = ["none", "below", "left", "right"];

/** How the cut-out lies in the scene; x, y are its center in pixels of the full-size scene. */
export interface Look {
  x: number;
  y: number;
  /** Scene pixels a pixel of the cut-out takes. */
  scale: number;
  /** Degrees, clockwise. */
  rotation: number;
  flip: boolean;
  cast: Cast;
}

export interface Cutout {
  picture: string;
  /** Of the full-size cut-out, pixels. */
  width: number;
  height: number;
  /** It came with clear parts: nobody was tapped. */
  came_cut_out: boolean;
}

export interface Shadow {
  picture: string;
  /** Left, top, right, bottom from the cut-out's center, in pixels of the cut-out. */
  box: [number, number, number, number];
}

export interface Composition {
  step: Step;
  scene: Photo | null;
  person: Photo | null;
  cutout: Cutout | null;
  look: Look | null;
  shadow: Shadow | null;
  behind: { taps: Array<[number, number]>; picture: string | null };
  result: string | null;
}

/** How to go on: with a photo, or with a composition. */
export interface Answer {
  photo: Photo | null;
  composition: Composition | null;
  /** A mask came with black and white swapped. */
  swapped: boolean;
}
