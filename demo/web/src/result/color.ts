/**
 * The colors of a result at any strength and with any sliders: iph_core/adjustment.py in the page.
 * tests/demo/test_result_colors.py compares the two.
 */

import { isMoved, READINGS, UNMOVED } from "./types";
import type { Adjustment, Change, Matrix, Numbers, Point } from "./types";

/**
 * New colors as linear light on a grid over all encoded colors, not clipped; red runs fastest.
 * Between the grid's places light is nearly straight; encoded values, bent where a channel runs into
 * black, would be several levels off.
 */
export interface Table {
  size: number;
  values: Float32Array;
  light: Numbers["light"];
}

/** What is not white balance and exposure. */
const TONE = ["contrast", "highlights", "shadows", "saturation"] as const;

/** The map at a strength, for a share of the second reference, with an adjustment on top. */
export function tableOf(
  numbers: Numbers,
  strength: number,
  moved: Adjustment,
  blend: number,
): Table {
  const { size } = numbers;
  const change = changeAt(numbers, blend);
  const values = new Float32Array(3 * size ** 3);
  const adjust = adjuster(numbers, strength, moved, blend);
  const color = [0, 0, 0];
  let at = 0;
  for (let blue = 0; blue < size; blue++) {
    for (let green = 0; green < size; green++) {
      for (let red = 0; red < size; red++, at += 3) {
        color[0] = red / (size - 1) + strength * change[at]!;
        color[1] = green / (size - 1) + strength * change[at + 1]!;
        color[2] = blue / (size - 1) + strength * change[at + 2]!;
        for (let i = 0; i < 3; i++) color[i] = toLinear(color[i]!);
        adjust?.(color);
        for (let i = 0; i < 3; i++) values[at + i] = color[i]!;
      }
    }
  }
  return { size, values, light: numbers.light };
}

/** Between the changes of two references, as `ColorMap.blended` has it. */
function changeAt({ change, second }: Numbers, blend: number): Float32Array {
  return second ? change.map((value, i) => value + blend * (second.change[i]! - value)) : change;
}

/** Changes a color of linear light in place; null where nothing is to be adjusted. */
function adjuster(
  numbers: Numbers,
  strength: number,
  moved: Adjustment,
  blend: number,
): ((color: number[]) => void) | null {
  if (!isMoved(moved)) return null;
  const { to_xyz, from_xyz, white, bend } = numbers.light;
  const { pivot } = measuredAt(numbers, strength, blend);
  const light = lightOf(numbers, moved, pivot);
  const toned = TONE.some((name) => moved[name] !== UNMOVED[name]);
  const gray = labToXyz([pivot, 0, 0], white).map((value) => value * 2 ** moved.exposure);
  const center = xyzToLab(gray, white)[0]!;
  return (color) => {
    let linear = times(light, color);
    if (toned) {
      const [lightness, a, b] = xyzToLab(times(to_xyz, linear), white) as [number, number, number];
      const lab = [
        center + bent(moved.contrast * (lightness - center), moved, bend),
        a * moved.saturation,
        b * moved.saturation,
      ];
      linear = times(from_xyz, labToXyz(lab, white));
    }
    for (let i = 0; i < 3; i++) color[i] = linear[i]!;
  };
}

/** A lightness away from the pivot, with highlights and shadows. */
function bent(away: number, { highlights, shadows }: Adjustment, bend: number): number {
  const size = Math.abs(away);
  return away * (1 + ((away > 0 ? highlights : -shadows) * size) / (size + bend));
}

/** White balance and exposure, on linear RGB. */
function lightOf({ light }: Numbers, moved: Adjustment, pivot: number): Matrix {
  const { to_xyz, from_xyz, to_cones, from_cones, white } = light;
  const gray = times(to_cones, labToXyz([pivot, 0, 0], white));
  const shifted = times(to_cones, labToXyz([pivot, moved.tint, moved.warmth], white));
  const gain = 2 ** moved.exposure;
  const scaled = to_cones.map((row, i) => row.map((it) => (it * shifted[i]! * gain) / gray[i]!));
  return product(from_xyz, product(product(from_cones, scaled), to_xyz));
}

/** What was measured, between the strengths and the shares of the second reference where it was. */
export function measuredAt({ points, second }: Numbers, strength: number, blend: number): Point {
  if (!second) return pointAt(points, strength);
  const last = second.points.length - 1;
  const low = Math.min(last - 1, Math.floor(blend * last));
  const [before, after] = [low, low + 1].map((at) => pointAt(second.points[at]!, strength));
  return mixed(before!, after!, blend * last - low);
}

function pointAt(points: Point[], strength: number): Point {
  const after = points.findIndex((point) => point.strength >= strength);
  const [low, high] = [points[Math.max(0, after - 1)]!, points[after]!];
  const width = high.strength - low.strength;
  const share = width ? (strength - low.strength) / width : 0;
  return { ...mixed(low, high, share), strength };
}

function mixed(low: Point, high: Point, share: number): Point {
  const between = (a: number, b: number) => a + share * (b - a);
  const change: Change = { ...low.change };
  for (const name of READINGS) change[name] = between(low.change[name], high.change[name]);
  return { strength: low.strength, pivot: between(low.pivot, high.pivot), change };
}

// sRGB (IEC 61966-2-1); negative values mirror positive ones, as photo/space.py has it.
export function toLinear(encoded: number): number {
  const size = Math.abs(encoded);
  const linear = size >= 0.04045 ? ((size + 0.055) / 1.055) ** 2.4 : size / 12.92;
  return encoded < 0 ? -linear : linear;
}

function fromLinear(linear: number): number {
  const size = Math.abs(linear);
  const encoded = size >= 0.0031308 ? 1.055 * size ** (1 / 2.4) - 0.055 : size * 12.92;
  return linear < 0 ? -encoded : encoded;
}

// CIE 15:2018, 8.2.1
export function xyzToLab(xyz: number[], white: number[]): number[] {
  const [x, y, z] = xyz.map((value, i) => {
    const ratio = value / white[i]!;
    return ratio > (6 / 29) ** 3 ? Math.cbrt(ratio) : (ratio * 841) / 108 + 4 / 29;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function labToXyz([lightness, a, b]: number[], white: number[]): number[] {
  const y = (lightness! + 16) / 116;
  return [y + a! / 500, y, y - b! / 200].map(
    (f, i) => (f > 6 / 29 ? f ** 3 : ((f - 4 / 29) * 108) / 841) * white[i]!,
  );
}

export const times = (matrix: Matrix, [x, y, z]: number[]): number[] =>
  matrix.map((row) => row[0]! * x! + row[1]! * y! + row[2]! * z!);

const product = (left: Matrix, right: Matrix): Matrix =>
  left.map((row) => [0, 1, 2].map((i) => row.reduce((sum, it, k) => sum + it * right[k]![i]!, 0)));

/**
 * RGBA pixels recolored as far as the mask (RGBA, its red counts) says; both of one size.
 * before + mask (mapped - before), as `apply_inside` has it; outside the mask nothing changes.
 */
export function recolor(
  before: Uint8ClampedArray,
  mask: Uint8ClampedArray,
  { size, values }: Table,
  after: Uint8ClampedArray,
): void {
  const { cell, share } = steps(size);
  const [down, back] = [3 * size, 3 * size * size];
  for (let at = 0; at < before.length; at += 4) {
    const inside = mask[at]!;
    if (!inside) continue;
    // No pairs here: this loop runs for every pixel at every move of a slider.
    const red = before[at]!;
    const green = before[at + 1]!;
    const blue = before[at + 2]!;
    const corner = 3 * cell[red]! + down * cell[green]! + back * cell[blue]!;
    const x = share[red]!;
    const y = share[green]!;
    const z = share[blue]!;
    const w00 = (1 - y) * (1 - z);
    const w10 = y * (1 - z);
    const w01 = (1 - y) * z;
    const w11 = y * z;
    for (let i = 0; i < 3; i++) {
      const place = corner + i;
      const left =
        values[place]! * w00 +
        values[place + down]! * w10 +
        values[place + back]! * w01 +
        values[place + down + back]! * w11;
      const right =
        values[place + 3]! * w00 +
        values[place + down + 3]! * w10 +
        values[place + back + 3]! * w01 +
        values[place + down + back + 3]! * w11;
      const light = Math.min(1, Math.max(0, left + x * (right - left)));
      const old = before[at + i]!;
      after[at + i] = old + ((ENCODED[(light * FINE + 0.5) | 0]! - old) * inside) / 255;
    }
  }
}

/** Light in steps of 1 / FINE as levels: at most a fifth of a level apart. */
const FINE = 16384;
const ENCODED = Uint8ClampedArray.from({ length: FINE + 1 }, (_, i) => 255 * fromLinear(i / FINE));

/** For each level, the cell of the grid it lies in and how far. */
function steps(size: number): { cell: Uint8Array; share: Float32Array } {
  const cell = new Uint8Array(256);
  const share = new Float32Array(256);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (size - 1);
    cell[level] = Math.min(size - 2, Math.floor(place));
    share[level] = place - cell[level]!;
  }
  return { cell, share };
}
