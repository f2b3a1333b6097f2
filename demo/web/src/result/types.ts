/** What the server tells of a result (demo/results.py), and what people do with it. */

/** What a change is read out as, in this order of words. */
export const READINGS = ["exposure", "warmth", "tint", "contrast", "saturation"] as const;
export type Reading = (typeof READINGS)[number];

/** As iph_core.Change: stops, shifts of b* and a*, factors on contrast and chroma. */
export type Change = Record<Reading, number>;

export const SLIDERS = [
  "exposure",
  "warmth",
  "tint",
  "contrast",
  "highlights",
  "shadows",
  "saturation",
] as const;
export type Slider = (typeof SLIDERS)[number];

/** As iph_core.Adjustment: the same, and how much each end is lightened, -1 to 1. */
export type Adjustment = Record<Slider, number>;

export const UNMOVED: Adjustment = {
  exposure: 0,
  warmth: 0,
  tint: 0,
  contrast: 1,
  highlights: 0,
  shadows: 0,
  saturation: 1,
};

/** The lowest and highest that the server takes (iph_core.adjustment.LIMITS). */
export const LIMITS: Record<Slider, [number, number]> = {
  exposure: [-4, 4],
  warmth: [-40, 40],
  tint: [-40, 40],
  contrast: [0.25, 4],
  highlights: [-1, 1],
  shadows: [-1, 1],
  saturation: [0, 4],
};

/** What people set of a result. */
export interface Settings {
  /** 0 to 1: share of the change that is shown. */
  strength: number;
  /** Share of the second reference, where there is one. */
  blend: number;
  /** How far the sliders were moved from where harmonizing put them. */
  moved: Adjustment;
}

/** Whom a result follows, and how closely: the server makes another result of another. */
export interface Following {
  /** Keys of looks: whom it matches, and the second of two. */
  match: string;
  second: string | null;
  /** 0 to 1; null where the weights do not say. */
  transfer: number | null;
}

/** Where undo and redo of a result go to. */
export type Settled = Settings & Following;

/** As a result is made. */
export const AS_MADE: Settings = { strength: 1, blend: 0.5, moved: UNMOVED };

/** Whether it is a factor; the others are added up. */
export const isFactor = (name: Slider): boolean => name === "contrast" || name === "saturation";

export const isMoved = (moved: Adjustment): boolean =>
  SLIDERS.some((name) => moved[name] !== UNMOVED[name]);

export type Matrix = number[][];

/** What harmonizing did at one strength, and the lightness that contrast turns about there. */
export interface Point {
  strength: number;
  pivot: number;
  change: Change;
}

/** The other of two references: its change of colors, and the points at even shares of it. */
export interface SecondNumbers {
  change: Float32Array;
  points: Point[][];
}

/** Everything to show any strength and any sliders without asking the server. */
export interface Numbers {
  /** The result that they belong to: the address of its "before". */
  of: string;
  size: number;
  points: Point[];
  light: Record<"to_xyz" | "from_xyz" | "to_cones" | "from_cones", Matrix> & {
    white: number[];
    /** L* away from the pivot at which highlights and shadows have half their effect. */
    bend: number;
  };
  /** The change of colors at full strength on a grid: red fastest, in shares of white. */
  change: Float32Array;
  second: SecondNumbers | null;
  deep: boolean;
}

/** What the picture on the stage changed, with what it was made from. */
export interface Measured extends Settings {
  of: Numbers;
  change: Change;
}

/** The result with another reference, small. */
export interface Look {
  /** A mask's name, "background", "own" for whom people chose by themselves, "other" for another photo. */
  key: string;
  picture: string;
  /** Who it is, where they are not in the photo. */
  whom: string | null;
}

export const FORMATS = ["jpeg", "tiff", "webp", "foreground", "mask", "cube", "html", "sidecar"] as const;
export type Format = "png" | (typeof FORMATS)[number];
