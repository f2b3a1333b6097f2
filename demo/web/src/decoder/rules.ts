/**
 * Which of SAM's four candidates the prompts mean. The same rules as in iph_core/regions/picking.py,
 * whose docstrings say why; a test holds the two together.
 */

import { CANDIDATES, SIDE, contentOf } from "./frame";
import type { Size } from "./frame";
import type { Answer, Level, Prompts } from "./types";

export const LEVELS: readonly Level[] = ["person", "part", "object"];
const SINGLE_MASK = 0;
const LARGEST_SHARE = 0.8;
const STABILITY_OFFSET = 1;
const LEAST_STABILITY = 0.6;
const SAME_MASK = 0.9;
const UNSURE = 0.7;
const SURER = 0.1;
const LOOK_ASIDE = 0.08;
const STANDS_OUT = 128;
const AGREED = 0.65;
const SALIENT_CUT = 1e-3;
const PERSON_CUT = 4;
const CROWD = 4;

export interface Candidates {
  /** 4 x 256 x 256, above 0 = inside. */
  logits: Float32Array;
  scores: Float32Array;
  /** Index of the candidate taught to be the whole person; null where none was. */
  whole: number | null;
}

export function answer(candidates: Candidates, prompts: Prompts, size: Size): Answer {
  const { index, level, levels } = choose(candidates, prompts, size);
  return {
    logits: candidates.logits.slice(index * SIDE * SIDE, (index + 1) * SIDE * SIDE),
    side: SIDE,
    content: contentOf(size),
    score: candidates.scores[index] ?? 0,
    level,
    levels,
  };
}

/** Whether one tap is all there is: whoever it hits is meant, and it says little of them. */
export function isOneTap({ taps, box }: Prompts): boolean {
  return !box && taps.length === 1 && taps[0]![2];
}

/**
 * The candidates with the only person found in the photo as the whole one, where the tap hits them;
 * null elsewhere.
 */
export function takenFor(
  candidates: Candidates,
  prompts: Prompts,
  person: Float32Array,
  size: Size,
): Candidates | null {
  const { whole } = candidates;
  if (whole === null) return null;
  const logits = candidates.logits.slice();
  logits.set(person, whole * SIDE * SIDE);
  const taken = { ...candidates, logits };
  return measure(taken, whole, prompts, size).obeyed ? taken : null;
}

/** What to ask next where one tap left the people decoder unsure of the whole person. */
export function secondLook(
  candidates: Candidates,
  prompts: Prompts,
  size: Size,
  people = 0,
): Prompts | null {
  const { whole } = candidates;
  if (whole === null || !isOneTap(prompts) || people >= CROWD) return null;
  if (score(candidates, whole) >= UNSURE) return null;
  const tap = prompts.taps[0]!;
  const [x, y] = tap;
  const aside = LOOK_ASIDE * Math.max(size.width, size.height);
  const [above, below] = [Math.max(y - aside, 0), Math.min(y + aside, size.height - 1)];
  const [left, right] = [Math.max(x - aside, 0), Math.min(x + aside, size.width - 1)];
  return {
    taps: [tap, [x, above, true], [x, below, true], [left, y, true], [right, y, true]],
    box: null,
    level: "person",
  };
}

/** The first candidates, with the whole person of the second look where that is surer. */
export function surer(first: Candidates, second: Omit<Candidates, "whole">): Candidates {
  const { whole } = first;
  const better = whole === null ? 0 : (second.scores[whole] as number);
  if (whole === null || better <= score(first, whole) + SURER) return first;
  const logits = first.logits.slice();
  const [start, end] = [whole * SIDE * SIDE, (whole + 1) * SIDE * SIDE];
  logits.set(second.logits.subarray(start, end), start);
  const scores = first.scores.slice();
  scores[whole] = better;
  return { logits, scores, whole };
}

/**
 * The candidates with the mean outline of the whole person and of what stands out in the photo
 * (`fetchSalient`), where both are the same; else as they were. For photos that show people.
 */
export function outlined(
  candidates: Candidates,
  prompts: Prompts,
  salient: Uint8Array,
  size: Size,
): Candidates {
  const { whole } = candidates;
  if (whole === null) return candidates;
  const [columns, rows] = contentOf(size);
  const logits = candidates.logits.slice();
  let [both, either] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const start = (whole * SIDE + row) * SIDE;
    for (let column = 0; column < columns; column++) {
      const person = logits[start + column] as number;
      const level = salient[row * columns + column] as number;
      both += Number(person > 0 && level >= STANDS_OUT);
      either += Number(person > 0 || level >= STANDS_OUT);
      const likely = clip(level / 255, SALIENT_CUT, 1 - SALIENT_CUT);
      logits[start + column] = clip(person, -PERSON_CUT, PERSON_CUT) + Math.log(likely / (1 - likely));
    }
  }
  const joined = { ...candidates, logits };
  const agreed = either === 0 || both / either > AGREED;
  const obeys = () => measure(joined, whole, prompts, size).obeyed === prompts.taps.length;
  return agreed && obeys() ? joined : candidates;
}

const clip = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** What one more tap inside the selection asks for. */
export function nextLevel({ level, levels }: Pick<Answer, "level" | "levels">): Level {
  return levels[(levels.indexOf(level) + 1) % levels.length] ?? "person";
}

export interface Choice {
  index: number;
  level: Level;
  levels: Level[];
}

export function choose(candidates: Candidates, prompts: Prompts, size: Size): Choice {
  if (prompts.box) return { index: SINGLE_MASK, level: "person", levels: ["person"] };
  const masks = Array.from({ length: CANDIDATES }, (_, index) =>
    measure(candidates, index, prompts, size),
  );
  const person = personCandidate(candidates, masks, prompts);
  const found: Record<Level, number | null> = {
    person,
    part: partCandidate(masks, person),
    object: objectCandidate(candidates, prompts),
  };
  const distinct = new Map<Level, number>();
  let meant: Level = "person";
  for (const level of LEVELS) {
    const index = found[level];
    const same = [...distinct].find(
      ([, other]) => index !== null && iou(at(masks, index), at(masks, other)) > SAME_MASK,
    );
    if (index !== null && !same) distinct.set(level, index);
    if (level === prompts.level) meant = distinct.has(level) ? level : (same?.[0] ?? "person");
  }
  return { index: distinct.get(meant) ?? person, level: meant, levels: [...distinct.keys()] };
}

/** One candidate inside the photo. */
interface Measured {
  inside: Uint8Array;
  area: number;
  stability: number;
  obeyed: number;
}

function measure(candidates: Candidates, index: number, prompts: Prompts, size: Size): Measured {
  const [columns, rows] = contentOf(size);
  const inside = new Uint8Array(columns * rows);
  let [area, surely, perhaps] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const start = (index * SIDE + row) * SIDE;
    for (let column = 0; column < columns; column++) {
      const logit = candidates.logits[start + column] as number;
      if (logit > -STABILITY_OFFSET) perhaps++;
      if (logit > STABILITY_OFFSET) surely++;
      if (logit > 0) inside[row * columns + column] = ++area && 1;
    }
  }
  const scale = SIDE / Math.max(size.width, size.height);
  const place = (position: number, end: number) => Math.min(Math.floor(position * scale), end - 1);
  const obeyed = prompts.taps.filter(
    ([x, y, positive]) =>
      (inside[place(y, rows) * columns + place(x, columns)] === 1) === positive,
  ).length;
  return { inside, area, stability: perhaps ? surely / perhaps : 0, obeyed };
}

function personCandidate(candidates: Candidates, masks: Measured[], prompts: Prompts): number {
  const { whole } = candidates;
  if (whole !== null && at(masks, whole).obeyed === prompts.taps.length) return whole;
  const sensible = indices(masks, ({ inside, area, stability }) => {
    const share = area / inside.length;
    return 0 < share && share <= LARGEST_SHARE && stability >= LEAST_STABILITY;
  });
  if (!sensible.length) return highest([0, 1, 2, 3], (index) => score(candidates, index));
  const most = Math.max(...sensible.map((index) => at(masks, index).obeyed));
  return highest(
    sensible.filter((index) => at(masks, index).obeyed === most),
    (index) => at(masks, index).area,
  );
}

function partCandidate(masks: Measured[], person: number): number | null {
  const whole = at(masks, person);
  const parts = indices(
    masks,
    ({ area, obeyed, stability }) =>
      0 < area &&
      area < SAME_MASK * whole.area &&
      obeyed >= whole.obeyed &&
      stability >= LEAST_STABILITY,
  );
  return parts.length ? highest(parts, (index) => -at(masks, index).area) : null;
}

function objectCandidate(candidates: Candidates, prompts: Prompts): number {
  if (prompts.taps.length > 1) return SINGLE_MASK;
  return highest([1, 2, 3], (index) => score(candidates, index));
}

function iou(a: Measured, b: Measured): number {
  let both = 0;
  for (let index = 0; index < a.inside.length; index++) {
    both += (a.inside[index] as number) & (b.inside[index] as number);
  }
  const union = a.area + b.area - both;
  return union ? both / union : 1;
}

const at = (masks: Measured[], index: number) => masks[index] as Measured;
const score = (candidates: Candidates, index: number) => candidates.scores[index] as number;

function indices(masks: Measured[], wanted: (mask: Measured) => boolean): number[] {
  return masks.flatMap((mask, index) => (wanted(mask) ? [index] : []));
}

/** The first of those with the highest value. */
function highest(among: number[], value: (index: number) => number): number {
  return among.reduce((best, index) => (value(index) > value(best) ? index : best));
}
