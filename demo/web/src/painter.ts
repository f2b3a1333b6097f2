import { server } from "./server";
import type { State, Store } from "./state";
import type { Photo, Region, Role } from "./types";

const ROLES: Role[] = ["match", "change"]; // the person to change is drawn last, on top
const TINT = 0.3;
const TAP_RADIUS = 8;

/** Draws the photo with what is chosen, or before and after, on one canvas. */
export class Painter {
  private readonly pictures = new Map<string, ImageBitmap | "loading">();
  private readonly tints = new Map<string, HTMLCanvasElement>();
  private readonly context: CanvasRenderingContext2D;
  private frame = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly store: Store,
    private readonly colors: Record<Role, string>,
    private readonly onFailure: () => void,
  ) {
    this.context = canvas.getContext("2d", { alpha: false })!;
    store.subscribe(() => this.redraw());
  }

  /** At the next frame, once, however often it is asked. */
  redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw(this.store.state));
  }

  private draw(state: State): void {
    const { photo } = state;
    if (!photo) return this.forget(new Set());
    this.forget(addresses(photo));
    const { context, canvas } = this;
    context.imageSmoothingQuality = "high";
    const preview = this.picture(photo.preview);
    if (preview) context.drawImage(preview, 0, 0, canvas.width, canvas.height);
    if (state.view === "result" && photo.result) this.drawComparison(state, photo);
    else this.drawChoices(photo);
  }

  /** Strength s is before + s (after - before): exactly what a blend of the two pictures gives. */
  private drawComparison(state: State, photo: Photo): void {
    const before = this.picture(photo.result!.before);
    const after = this.picture(photo.result!.after);
    if (!before || !after) return;
    const { context, canvas } = this;
    const { width, height } = canvas;
    const line = Math.round(state.divider * width);
    context.drawImage(before, 0, 0, width, height);
    context.save();
    context.beginPath();
    context.rect(line, 0, width - line, height);
    context.clip();
    context.globalAlpha = state.strength;
    context.drawImage(after, 0, 0, width, height);
    context.restore();
  }

  private drawChoices(photo: Photo): void {
    const scale = this.canvas.width / photo.width;
    const pixel = this.canvas.width / (this.canvas.clientWidth || this.canvas.width);
    for (const role of ROLES) {
      const region = photo.regions[role];
      if (region) this.drawRegion(role, region, scale, pixel);
    }
    for (const role of ROLES) {
      const region = photo.regions[role];
      if (region) this.drawTaps(role, region, scale, pixel);
    }
  }

  private drawRegion(role: Role, region: Region, scale: number, pixel: number): void {
    const { context, canvas } = this;
    const tint = this.tint(role, region.mask);
    if (tint) context.drawImage(tint, 0, 0, canvas.width, canvas.height);
    const path = new Path2D();
    for (const polygon of region.outline) {
      for (let i = 0; i < polygon.length; i += 2) {
        const [x, y] = [polygon[i]! * scale, polygon[i + 1]! * scale];
        if (i === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      }
      path.closePath();
    }
    context.lineJoin = "round";
    context.strokeStyle = "rgba(255, 255, 255, 0.95)";
    context.lineWidth = 5 * pixel;
    context.stroke(path);
    // Told apart by more than color: one line is drawn through, the other is dashed.
    context.setLineDash(role === "match" ? [9 * pixel, 6 * pixel] : []);
    context.strokeStyle = this.colors[role];
    context.lineWidth = 3 * pixel;
    context.stroke(path);
    context.setLineDash([]);
  }

  private drawTaps(role: Role, region: Region, scale: number, pixel: number): void {
    const { context } = this;
    const radius = TAP_RADIUS * pixel;
    context.lineWidth = 2 * pixel;
    for (const [x, y, adds] of region.taps) {
      const [left, top] = [x * scale, y * scale];
      context.beginPath();
      context.arc(left, top, radius, 0, 2 * Math.PI);
      context.fillStyle = adds ? this.colors[role] : "#ffffff";
      context.fill();
      context.strokeStyle = adds ? "#ffffff" : this.colors[role];
      context.stroke();
      const arm = radius * 0.5;
      context.beginPath();
      context.moveTo(left - arm, top);
      context.lineTo(left + arm, top);
      if (adds) {
        context.moveTo(left, top - arm);
        context.lineTo(left, top + arm);
      }
      context.stroke();
    }
  }

  private picture(address: string): ImageBitmap | null {
    const known = this.pictures.get(address);
    if (known) return known === "loading" ? null : known;
    this.pictures.set(address, "loading");
    server.picture(address).then(
      (picture) => {
        if (this.pictures.has(address)) this.pictures.set(address, picture);
        this.redraw();
      },
      () => {
        if (this.pictures.has(address)) this.onFailure();
      },
    );
    return null;
  }

  /** The mask (white inside, black outside) as a see-through layer of the role's color. */
  private tint(role: Role, address: string): HTMLCanvasElement | null {
    const known = this.tints.get(address);
    if (known) return known;
    const mask = this.picture(address);
    if (!mask) return null;
    const layer = document.createElement("canvas");
    layer.width = mask.width;
    layer.height = mask.height;
    const context = layer.getContext("2d")!;
    context.drawImage(mask, 0, 0);
    const pixels = context.getImageData(0, 0, mask.width, mask.height);
    const { data } = pixels;
    for (let i = 0; i < data.length; i += 4) data[i + 3] = data[i]! * TINT;
    context.putImageData(pixels, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.colors[role];
    context.fillRect(0, 0, mask.width, mask.height);
    this.tints.set(address, layer);
    return layer;
  }

  private forget(kept: Set<string>): void {
    for (const [address, picture] of this.pictures) {
      if (kept.has(address)) continue;
      if (picture !== "loading") picture.close();
      this.pictures.delete(address);
      this.tints.delete(address);
    }
  }
}

function addresses(photo: Photo): Set<string> {
  const all = [photo.preview, photo.result?.before, photo.result?.after];
  for (const region of Object.values(photo.regions)) all.push(region?.mask);
  return new Set(all.filter((address): address is string => Boolean(address)));
}
