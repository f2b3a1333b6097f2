/** Run by tests/demo/test_result_colors.py: what the page makes of colors. */

import { readFileSync } from "node:fs";

import { recolor, tableOf } from "./color";
import { changeOf } from "./server";
import type { Adjustment } from "./types";

const { numbers, table, pixels, mask, cases } = JSON.parse(readFileSync(0, "utf-8"));
const bytes = Buffer.from(table, "base64");
const change = changeOf(
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  numbers.scale,
);
const before = Uint8ClampedArray.from(pixels);
const answers = (cases as Array<{ strength: number; moved: Adjustment }>).map((it) => {
  const after = before.slice();
  const made = tableOf({ ...numbers, change }, it.strength, it.moved);
  recolor(before, Uint8ClampedArray.from(mask), made, after);
  return [...after];
});
console.log(JSON.stringify(answers));
