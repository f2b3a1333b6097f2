import { recolor } from "./color";
import type { Table } from "./color";
import { Measure } from "./measure";
import type { Change } from "./types";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A picture before harmonizing with its mask, recolored anew for every table of colors. */
export class Layer {
  readonly after = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly old: ImageData;
  private readonly inside: Uint8ClampedArray;
  /** What lies around the mask is never touched. */
  private readonly box: Box | null;
  private painted: Table | null = null;
  private measure: Measure | null = null;

  constructor(
    readonly before: ImageBitmap,
    mask: ImageBitmap,
  ) {
    const { width, height } = before;
    this.after.width = width;
    this.after.height = height;
    this.context = this.after.getContext("2d", { willReadFrequently: true })!;
    this.context.drawImage(mask, 0, 0, width, height);
    const shares = this.context.getImageData(0, 0, width, height);
    this.box = boxOf(shares);
    this.context.drawImage(before, 0, 0);
    const { x, y, width: columns, height: rows } = this.box ?? { x: 0, y: 0, width: 1, height: 1 };
    this.old = this.context.getImageData(x, y, columns, rows);
    this.inside = cut(shares, x, y, columns, rows);
  }

  /** Give back its memory at once: browsers on phones have little for canvases. */
  clear(): void {
    this.after.width = this.after.height = 0;
  }

  /** told: what the change did, once for every table. */
  paint(table: Table, told?: (change: Change) => void): HTMLCanvasElement {
    if (this.box && this.painted !== table) {
      const made = new ImageData(this.old.data.slice(), this.old.width, this.old.height);
      recolor(this.old.data, this.inside, table, made.data);
      this.context.putImageData(made, this.box.x, this.box.y);
      this.painted = table;
      if (told) {
        this.measure ??= new Measure(this.old.data, this.inside, table.light);
        told(this.measure.to(made.data));
      }
    }
    return this.after;
  }
}

function boxOf({ data, width, height }: ImageData): Box | null {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!data[4 * (y * width + x)]) continue;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = y;
    }
  }
  return y1 < 0 ? null : { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

function cut(
  { data, width }: ImageData,
  x: number,
  y: number,
  columns: number,
  rows: number,
): Uint8ClampedArray {
  const made = new Uint8ClampedArray(4 * columns * rows);
  for (let row = 0; row < rows; row++) {
    const start = 4 * ((y + row) * width + x);
    made.set(data.subarray(start, start + 4 * columns), 4 * row * columns);
  }
  return made;
}
