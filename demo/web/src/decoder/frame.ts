/** SAM's square frame, as in iph_core/regions/sam.py and mask.py. */

import type { Prompts } from "./types";

export const SIDE = 256;
export const CANDIDATES = 4;
const FRAME_SIDE = 1024;
const CELLS = 64;
const PADDING_LABEL = -1;
const BOX_CORNER_LABELS = [2, 3] as const;

export interface Size {
  width: number;
  height: number;
}

/** The photo's size in the frame of 1024 x 1024. */
export function frameSize({ width, height }: Size): [number, number] {
  const scale = FRAME_SIDE / Math.max(width, height);
  const fitted = (side: number) => Math.max(1, Math.floor(side * scale + 0.5));
  return [fitted(width), fitted(height)];
}

/** Columns and rows of the 256 x 256 logits that lie in the photo. */
export function contentOf(size: Size): [number, number] {
  const [width, height] = frameSize(size);
  const step = FRAME_SIDE / SIDE;
  return [Math.ceil(width / step), Math.ceil(height / step)];
}

/** Columns and rows of the 64 x 64 cells that masks need: the photo's, and one pixel to blend. */
export function extentOf(size: Size): Float32Array {
  const cells = (pixels: number) => Math.min(CELLS, Math.ceil((pixels + 1) / (SIDE / CELLS)));
  return Float32Array.from(contentOf(size), cells);
}

/** Points (N x 2) in the frame and their labels; a box is two points, its absence a padding one. */
export function decoderPrompts(prompts: Prompts, size: Size): [Float32Array, Float32Array] {
  const [width, height] = frameSize(size);
  const scale = [width / size.width, height / size.height] as const;
  const points: number[] = [];
  const labels: number[] = [];
  const add = (x: number, y: number, label: number) => {
    points.push(x * scale[0], y * scale[1]);
    labels.push(label);
  };
  for (const [x, y, inside] of prompts.taps) add(x, y, inside ? 1 : 0);
  if (prompts.box) {
    const [x0, y0, x1, y1] = prompts.box;
    add(Math.max(x0, 0), Math.max(y0, 0), BOX_CORNER_LABELS[0]);
    add(Math.min(x1, size.width), Math.min(y1, size.height), BOX_CORNER_LABELS[1]);
  } else {
    add(0, 0, PADDING_LABEL);
  }
  return [Float32Array.from(points), Float32Array.from(labels)];
}
