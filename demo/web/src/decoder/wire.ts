/** What the server sends, as iph_core/regions/wire.py packs it (little-endian). */

import { CANDIDATES, SIDE, contentOf } from "./frame";
import type { Size } from "./frame";

const CHANNELS = 256;
const CELLS = 64 * 64;
const PARTS = 8;
const OUTSIDE = -100;

/** The embedding, 256 x 64 x 64. Throws RangeError for anything else. */
export function unpackEmbedding(packed: ArrayBuffer): Float32Array {
  const lows = new Float32Array(packed, 0, CHANNELS);
  const steps = new Float32Array(packed, 4 * CHANNELS, CHANNELS);
  const levels = new Uint8Array(packed, 8 * CHANNELS, CHANNELS * CELLS);
  const values = new Float32Array(CHANNELS * CELLS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const low = lows[channel] as number;
    const step = steps[channel] as number;
    const end = (channel + 1) * CELLS;
    for (let index = end - CELLS; index < end; index++) {
      values[index] = low + step * (levels[index] as number);
    }
  }
  return values;
}

/** Four candidates: logits (4 x 256 x 256, -100 in the padding) and scores. */
export function unpackCandidates(
  packed: ArrayBuffer,
  size: Size,
): { logits: Float32Array; scores: Float32Array } {
  const [columns, rows] = contentOf(size);
  const scores = new Float32Array(packed.slice(0, 4 * CANDIDATES));
  const eighths = new Int8Array(packed, 4 * CANDIDATES, CANDIDATES * rows * columns);
  const logits = new Float32Array(CANDIDATES * SIDE * SIDE).fill(OUTSIDE);
  for (let row = 0; row < CANDIDATES * rows; row++) {
    const start = (Math.floor(row / rows) * SIDE + (row % rows)) * SIDE;
    for (let column = 0; column < columns; column++) {
      logits[start + column] = (eighths[row * columns + column] as number) / PARTS;
    }
  }
  return { logits, scores };
}
