import type { Camera } from "../camera";
import type { Pictures } from "../pictures";
import type { State } from "../state";
import type { Box, Photo } from "../types";
import { numbersOf } from "./actions";
import { tableOf } from "./color";
import type { Table } from "./color";
import { Layer } from "./layer";
import { resultServer } from "./server";
import type { Adjustment, Change, Measured, Numbers } from "./types";

const STILL = 140; // milliseconds that the photo rests before its full size is fetched
const SHARP = 1.15; // canvas pixels to a pixel of the preview, from which on the full size is worth it

/** Where the photo lies on the canvas, in canvas pixels. */
interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A table, and what it was made from. */
interface Made {
  numbers: Numbers;
  strength: number;
  moved: Adjustment;
  blend: number;
  made: Table;
}

interface Detail {
  box: Box;
  layer: Layer;
}

/** Draws before and after: the preview, and over it what is visible at full size. */
export class Comparison {
  private whole: { of: Numbers; layer: Layer } | null = null;
  private detail: Detail | null = null;
  private table: Made | null = null;
  private timer = 0;
  /** The part that was asked for last. */
  private wanted = "";

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly redraw: () => void,
    private readonly told: (measured: Measured) => void,
  ) {}

  draw(context: CanvasRenderingContext2D, state: State, pictures: Pictures, place: Place): void {
    const { result } = state.photo!;
    const before = pictures.get(result!.before);
    if (!before) return;
    const { width, height } = this.canvas;
    const line = state.holding ? width : Math.round(state.divider * width);
    const after = this.after(state, pictures, before);
    const detail = this.visible(state, place);
    context.drawImage(before, place.left, place.top, place.width, place.height);
    if (detail) context.drawImage(detail.layer.before, ...on(place, detail.box, state.photo!));
    context.save();
    context.beginPath();
    context.rect(line, 0, width - line, height);
    context.clip();
    if (after) {
      context.globalAlpha = after.opacity;
      context.drawImage(after.picture, place.left, place.top, place.width, place.height);
      context.globalAlpha = 1;
    }
    const table = detail && this.tableFor(state);
    if (table) context.drawImage(detail.layer.paint(table), ...on(place, detail.box, state.photo!));
    context.restore();
  }

  /** The page's own, once its numbers are here; until then a blend of the server's pictures. */
  private after(
    state: State,
    pictures: Pictures,
    before: ImageBitmap,
  ): { picture: CanvasImageSource; opacity: number } | null {
    const { photo, numbers } = state;
    const table = this.tableFor(state);
    const mask = table && pictures.get(photo!.regions.change!.mask);
    if (table && mask) {
      if (this.whole?.of !== numbers) {
        this.whole?.layer.clear();
        this.whole = { of: numbers!, layer: new Layer(before, mask) };
        this.show(null);
        this.wanted = "";
      }
      const { strength, moved, blend } = state;
      const told = (change: Change) => this.told({ of: numbers!, strength, moved, blend, change });
      return { picture: this.whole!.layer.paint(table, told), opacity: 1 };
    }
    const picture = pictures.get(photo!.result!.after);
    return picture && { picture, opacity: state.strength };
  }

  private tableFor(state: State): Table | null {
    const numbers = numbersOf(state);
    if (!numbers) return null;
    const { strength, moved, blend } = state;
    const { table } = this;
    const same =
      table?.numbers === numbers &&
      table.strength === strength &&
      table.moved === moved &&
      table.blend === blend;
    if (same) return table.made;
    const made = tableOf(numbers, strength, moved, blend);
    this.table = { numbers, strength, moved, blend, made };
    return made;
  }

  /** The full size of what is visible where it shows more than the preview; asked for if not here. */
  private visible(state: State, place: Place): Detail | null {
    const { photo, camera, numbers } = state;
    const enlarged = place.width > SHARP * photo!.preview_size[0];
    if (!enlarged || photo!.width <= photo!.preview_size[0] || !numbers) {
      this.wanted = "";
      return null;
    }
    const box = boxOf(camera, photo!);
    const key = [numbers.of, ...box].join();
    if (key !== this.wanted) {
      this.wanted = key;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.fetch(photo!, box, key), STILL);
    }
    return this.detail;
  }

  private async fetch(photo: Photo, box: Box, key: string): Promise<void> {
    const { width, height } = this.canvas;
    try {
      const [before, mask] = await resultServer.part(photo, box, Math.max(width, height));
      if (key === this.wanted) this.show({ box, layer: new Layer(before!, mask!) });
      else before!.close();
      mask!.close();
    } catch {
      // The preview stays, enlarged; the next move asks again.
      if (key === this.wanted) this.wanted = "";
    }
  }

  /** In place of the part before, whose memory is given back at once. */
  private show(detail: Detail | null): void {
    this.detail?.layer.before.close();
    this.detail?.layer.clear();
    this.detail = detail;
    if (detail) this.redraw();
  }
}

/** What the camera shows, in whole pixels of the photo. */
function boxOf({ zoom, left, top }: Camera, { width, height }: Photo): Box {
  return [
    Math.floor(left * width),
    Math.floor(top * height),
    Math.min(width, Math.ceil((left + 1 / zoom) * width)),
    Math.min(height, Math.ceil((top + 1 / zoom) * height)),
  ];
}

/** A box of the photo on the canvas: left, top, width, height. */
function on(place: Place, [x0, y0, x1, y1]: Box, photo: Photo): [number, number, number, number] {
  const [across, down] = [place.width / photo.width, place.height / photo.height];
  return [place.left + x0 * across, place.top + y0 * down, (x1 - x0) * across, (y1 - y0) * down];
}
