/** Run by tests/demo/test_result_colors.py: what the page makes of colors. */

import { readFileSync } from "node:fs";

import { recolor, tableOf } from "./color";
import { Measure } from "./measure";
import { changeOf } from "./server";
import type { Adjustment } from "./types";

const { numbers, table, second, pixels, mask, cases } = JSON.parse(readFileSync(0, "utf-8"));
const read = (text: string) => {
  const bytes = Buffer.from(text, "base64");
  const { buffer, byteOffset: start } = bytes;
  return changeOf(buffer.slice(start, start + bytes.length) as ArrayBuffer, numbers.scale);
};
const known = {
  ...numbers,
  change: read(table),
  second: second && { change: read(second.table), points: second.points },
};
const before = Uint8ClampedArray.from(pixels);
const inside = Uint8ClampedArray.from(mask);
const measure = new Measure(before, inside, known.light);
const answers = (cases as Array<{ strength: number; moved: Adjustment; blend: number }>).map((it) => {
  const after = before.slice();
  const made = tableOf(known, it.strength, it.moved, it.blend);
  recolor(before, inside, made, after);
  return { pixels: [...after], change: measure.to(after) };
});
console.log(JSON.stringify(answers));
