import { toStage } from "./camera";
import type { Pictures } from "./pictures";
import { toldPictures } from "./pictures";
import { Comparison } from "./result";
import { isElsewhere, isEmpty } from "./selection";
import type { Shape } from "./shape";
import { beyondBorder } from "./shape";
import type { State, Store } from "./state";
import { shapeOf } from "./state";
import type { Say } from "./texts";
import { tinted } from "./tint";
import type { Box, Photo, Role, Stroke, Tap } from "./types";

const DRAWN: Role[] = ["match", "change"]; // the person to change is drawn last, on top
const TINT = 0.3;
const TINT_WHILE_EDITED = 0.5;
const TAP_RADIUS = 8; // CSS pixels at any zoom
const WHITE = "rgba(255, 255, 255, 0.95)";

/** Where the photo lies on the canvas, in canvas pixels, and how many of them a CSS pixel is. */
interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Canvas pixels to a pixel of the photo. */
  scale: number;
  pixel: number;
}

/** Draws the photo with what is chosen, or before and after, on one canvas. */
export class Painter {
  private readonly context: CanvasRenderingContext2D;
  private readonly layer = document.createElement("canvas");
  private readonly pictures: Pictures;
  private readonly comparison: Comparison;
  private frame = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly store: Store,
    private readonly colors: Record<Role, string>,
    say: Say,
  ) {
    this.context = canvas.getContext("2d")!;
    this.pictures = toldPictures(store, say, () => this.redraw());
    this.comparison = new Comparison(
      canvas,
      () => this.redraw(),
      (measured) => store.update({ measured }),
    );
    store.subscribe(() => this.redraw());
  }

  /** At the next frame, once, however often it is asked. */
  redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw(this.store.state));
  }

  /** Done when the server's picture of a photo is there, or late. */
  arrival({ preview }: Photo): Promise<void> {
    return this.pictures.arrival(preview);
  }

  private draw(state: State): void {
    const { photo } = state;
    if (!photo) return this.pictures.keepOnly(new Set());
    this.pictures.keepOnly(addresses(photo));
    const { context, canvas } = this;
    context.imageSmoothingQuality = "high";
    const place = this.place(state, photo);
    const preview = this.pictures.get(photo.preview);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (preview) this.drawPicture(preview, place);
    if (state.view === "result" && photo.result)
      this.comparison.draw(context, state, this.pictures, place);
    else this.drawChoices(state, place);
    if (state.unseen === Boolean(preview)) this.store.update({ unseen: !preview });
  }

  private place(state: State, photo: Photo): Place {
    const { width, height, clientWidth } = this.canvas;
    const { camera } = state;
    const [left, top] = toStage(camera, 0, 0);
    return {
      left: left * width,
      top: top * height,
      width: width * camera.zoom,
      height: height * camera.zoom,
      scale: (width * camera.zoom) / photo.width,
      pixel: width / (clientWidth || width),
    };
  }

  private drawPicture(picture: CanvasImageSource, { left, top, width, height }: Place): void {
    this.context.drawImage(picture, left, top, width, height);
  }

  private drawChoices(state: State, place: Place): void {
    if (state.hover) this.drawShape(state.hover.role, state.hover.shape, place, true);
    for (const role of DRAWN) {
      const shape = this.withStroke(state, role);
      if (shape) this.drawShape(role, shape, place, false);
    }
    for (const role of DRAWN) {
      const { taps, box } = state.selections[role];
      if (isElsewhere(state.selections[role])) continue;
      if (box) this.drawBox(role, box, place, 0.55);
      taps.forEach((tap) => this.drawTap(role, tap, place));
    }
    if (state.box) this.drawBox(state.role, state.box, place, 1);
    if (state.cursor) this.drawCursor(state.cursor, place);
  }

  /** The shape of a role with the stroke that is being drawn. */
  private withStroke(state: State, role: Role): Shape | null {
    const shape = shapeOf(state, role);
    const { stroke } = state;
    const painted = isEmpty(state.selections[state.role]) ? state.touched : state.role;
    if (!shape || !stroke || role !== painted) return shape;
    return { ...shape, strokes: [...shape.strokes, stroke] };
  }

  private drawShape(role: Role, shape: Shape, place: Place, hovered: boolean): void {
    const path = pathOf(shape.polygons, place);
    const edited = shape.grow !== 0 || shape.strokes.length > 0;
    this.drawTint(role, shape, path, place, edited ? TINT_WHILE_EDITED : TINT);
    if (edited && shape.grow !== 0) return;
    const { context } = this;
    const { pixel } = place;
    context.lineJoin = "round";
    context.strokeStyle = WHITE;
    context.lineWidth = (hovered ? 3.5 : 5) * pixel;
    context.stroke(path);
    // Told apart by more than color: one line is drawn through, the other is dashed.
    context.setLineDash(role === "match" ? [9 * pixel, 6 * pixel] : []);
    context.strokeStyle = this.colors[role];
    context.lineWidth = (hovered ? 2 : 3) * pixel;
    context.stroke(path);
    context.setLineDash([]);
  }

  private drawTint(role: Role, shape: Shape, path: Path2D, place: Place, opacity: number): void {
    const { context } = this;
    const edited = shape.grow !== 0 || shape.strokes.length > 0;
    const mask = shape.mask ? this.pictures.get(shape.mask) : null;
    context.save();
    context.globalAlpha = opacity;
    if (edited) {
      context.drawImage(this.edited(role, shape, path, place), 0, 0);
    } else if (mask) {
      this.drawPicture(tinted(mask, this.colors[role]), place);
    } else {
      context.fillStyle = this.colors[role];
      context.fill(path, "evenodd");
    }
    context.restore();
  }

  /** The region as a layer of full color, with edits that the server has not made yet. */
  private edited(role: Role, shape: Shape, path: Path2D, place: Place): HTMLCanvasElement {
    const { layer } = this;
    layer.width = this.canvas.width;
    layer.height = this.canvas.height;
    const context = layer.getContext("2d")!;
    context.fillStyle = context.strokeStyle = this.colors[role];
    context.lineCap = context.lineJoin = "round";
    context.fill(path, "evenodd");
    if (shape.grow) {
      const pixels = Math.abs(shape.grow);
      context.globalCompositeOperation = shape.grow < 0 ? "destination-out" : "source-over";
      context.lineWidth = 2 * pixels * place.scale;
      context.stroke(shape.grow < 0 ? pathOf(openAtBorder(shape, pixels, place), place) : path);
    }
    for (const stroke of shape.strokes) {
      context.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
      context.lineWidth = 2 * stroke.radius * place.scale;
      context.stroke(lineOf(stroke, place));
    }
    return layer;
  }

  private drawBox(role: Role, [x0, y0, x1, y1]: Box, place: Place, opacity: number): void {
    const { context } = this;
    const { scale, left, top, pixel } = place;
    const sides = [left + x0 * scale, top + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale] as const;
    context.save();
    context.globalAlpha = opacity;
    context.strokeStyle = WHITE;
    context.lineWidth = 3.5 * pixel;
    context.strokeRect(...sides);
    context.setLineDash(role === "match" ? [9 * pixel, 6 * pixel] : []);
    context.strokeStyle = this.colors[role];
    context.lineWidth = 1.75 * pixel;
    context.strokeRect(...sides);
    context.restore();
  }

  private drawTap(role: Role, [x, y, adds]: Tap, place: Place): void {
    const { context } = this;
    const { pixel } = place;
    const radius = TAP_RADIUS * pixel;
    const [left, top] = [place.left + x * place.scale, place.top + y * place.scale];
    context.lineWidth = 2 * pixel;
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

  private drawCursor([x, y]: [number, number], place: Place): void {
    const { context } = this;
    const { pixel } = place;
    const [left, top] = [place.left + x * place.scale, place.top + y * place.scale];
    const [near, far] = [5 * pixel, 17 * pixel];
    context.lineCap = "round";
    for (const [color, width] of [["#000000", 5], ["#ffffff", 2.5]] as Array<[string, number]>) {
      context.strokeStyle = color;
      context.lineWidth = width * pixel;
      context.beginPath();
      for (const [across, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as Array<[number, number]>) {
        context.moveTo(left + across * near, top + down * near);
        context.lineTo(left + across * far, top + down * far);
      }
      context.stroke();
    }
    context.lineCap = "butt";
  }
}

function pathOf(polygons: number[][], { left, top, scale }: Place): Path2D {
  const path = new Path2D();
  for (const polygon of polygons) {
    for (let i = 0; i < polygon.length; i += 2) {
      const [x, y] = [left + polygon[i]! * scale, top + polygon[i + 1]! * scale];
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    path.closePath();
  }
  return path;
}

/** The outline as the edge moves in: not where the photo's border cuts the region. */
function openAtBorder({ polygons }: Shape, pixels: number, { width, height, scale }: Place): number[][] {
  return beyondBorder(polygons, [width / scale, height / scale], 3 * pixels, 1 + 1 / scale);
}

function lineOf({ points }: Stroke, { left, top, scale }: Place): Path2D {
  const path = new Path2D();
  path.moveTo(left + points[0]! * scale, top + points[1]! * scale);
  for (let i = 0; i < points.length; i += 2) {
    path.lineTo(left + points[i]! * scale, top + points[i + 1]! * scale);
  }
  return path;
}

function addresses(photo: Photo): Set<string> {
  const all = [photo.preview, photo.result?.before, photo.result?.after];
  for (const region of Object.values(photo.regions)) all.push(region?.mask);
  return new Set(all.filter((address): address is string => Boolean(address)));
}
