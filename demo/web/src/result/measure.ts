/** What a change of colors did, in numbers: iph_core/description.py in the page. */

import { times, toLinear, xyzToLab } from "./color";
import type { Change, Numbers } from "./types";

/** More pixels say nothing more, and every move of a slider is measured. */
const MOST_PIXELS = 20_000;

type Pixels = Uint8ClampedArray;

/** Means over the pixels, as `describe_change` needs them. */
interface Means {
  light: number;
  lightness: number;
  a: number;
  b: number;
  /** Of lightness, the mean of the squares. */
  squares: number;
  chroma: number;
}

/** What changes of one region did; what does not change with the sliders is measured once. */
export class Measure {
  private readonly places: number[];
  private readonly from: Means;

  /** RGBA pixels before, and the mask of the same size (RGBA, its red counts). */
  constructor(
    before: Pixels,
    mask: Pixels,
    private readonly light: Numbers["light"],
  ) {
    this.places = placesIn(mask);
    this.from = meansOf(before, this.places, light);
  }

  to(after: Pixels): Change {
    const { from } = this;
    const to = meansOf(after, this.places, this.light);
    return {
      exposure: Math.log2((to.light + 1e-4) / (from.light + 1e-4)),
      warmth: to.b - from.b,
      tint: to.a - from.a,
      contrast: (deviation(to) + 1) / (deviation(from) + 1),
      saturation: (to.chroma + 1) / (from.chroma + 1),
    };
  }
}

/** Where the mask is above one half, or where it is at all if it never is; evenly thinned. */
function placesIn(mask: Pixels): number[] {
  const above = (level: number) => {
    const found: number[] = [];
    for (let at = 0; at < mask.length; at += 4) if (mask[at]! > level) found.push(at);
    return found;
  };
  const inside = above(127);
  const places = inside.length ? inside : above(0);
  const step = Math.ceil(places.length / MOST_PIXELS);
  return step > 1 ? places.filter((_, index) => index % step === 0) : places;
}

function meansOf(pixels: Pixels, places: number[], { to_xyz, white }: Numbers["light"]): Means {
  const sums: Means = { light: 0, lightness: 0, a: 0, b: 0, squares: 0, chroma: 0 };
  for (const at of places) {
    const xyz = times(to_xyz, [LINEAR[pixels[at]!]!, LINEAR[pixels[at + 1]!]!, LINEAR[pixels[at + 2]!]!]);
    const [lightness, a, b] = xyzToLab(xyz, white) as [number, number, number];
    sums.light += xyz[1]!;
    sums.lightness += lightness;
    sums.a += a;
    sums.b += b;
    sums.squares += lightness ** 2;
    sums.chroma += Math.hypot(a, b);
  }
  const count = Math.max(1, places.length);
  for (const name of Object.keys(sums) as Array<keyof Means>) sums[name] /= count;
  return sums;
}

const deviation = ({ squares, lightness }: Means): number =>
  Math.sqrt(Math.max(0, squares - lightness ** 2));

const LINEAR = Float64Array.from({ length: 256 }, (_, level) => toLinear(level / 255));
