import type { Pictures } from "../pictures";
import { matrixOf } from "./transform";
import type { Composition } from "./types";

const TINT = "rgba(28, 126, 214, 0.55)";

/** The scene with the cut-out over it, as the server will put it together at full size. */
export class SceneDrawing {
  private readonly layer = document.createElement("canvas");

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly pictures: Pictures,
  ) {}

  draw(composition: Composition, showsBehind: boolean): void {
    const { scene } = composition;
    if (!scene || !this.canvas.width) return;
    this.pictures.keepOnly(addressesOf(composition));
    const context = this.canvas.getContext("2d")!;
    const pixels = this.canvas.width / scene.width;
    context.imageSmoothingQuality = "high";
    const preview = this.pictures.get(scene.preview);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (preview) context.drawImage(preview, 0, 0, this.canvas.width, this.canvas.height);
    this.drawLayer(composition, pixels);
    context.drawImage(this.layer, 0, 0);
    const behind = this.behind(composition);
    if (showsBehind && behind) this.drawTint(context, behind);
  }

  /** Shadow and cut-out, without those who stand before them. */
  private drawLayer(composition: Composition, pixels: number): void {
    const { layer, canvas } = this;
    layer.width = canvas.width;
    layer.height = canvas.height;
    const { look, cutout, shadow } = composition;
    const context = layer.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    if (!look || !cutout) return;
    if (shadow && look.cast !== "none") {
      const dark = this.pictures.get(shadow.picture);
      const [x0, y0, x1, y1] = shadow.box.map((edge) => edge * look.scale * pixels);
      const [x, y] = [look.x * pixels, look.y * pixels];
      if (dark) context.drawImage(dark, x + x0!, y + y0!, x1! - x0!, y1! - y0!);
    }
    const picture = this.pictures.get(cutout.picture);
    if (picture) {
      const [a, b, c, d, e, f] = matrixOf(look, cutout.width, cutout.height);
      context.setTransform(a * pixels, b * pixels, c * pixels, d * pixels, e * pixels, f * pixels);
      context.drawImage(picture, 0, 0, cutout.width, cutout.height);
      context.setTransform(1, 0, 0, 1, 0, 0);
    }
    const behind = this.behind(composition);
    if (!behind) return;
    context.globalCompositeOperation = "destination-out";
    context.drawImage(behind, 0, 0, layer.width, layer.height);
  }

  private drawTint(context: CanvasRenderingContext2D, behind: ImageBitmap): void {
    const { layer } = this;
    const own = layer.getContext("2d")!;
    layer.width = this.canvas.width;
    own.drawImage(behind, 0, 0, layer.width, layer.height);
    own.globalCompositeOperation = "source-in";
    own.fillStyle = TINT;
    own.fillRect(0, 0, layer.width, layer.height);
    context.drawImage(layer, 0, 0);
  }

  private behind(composition: Composition): ImageBitmap | null {
    const { picture } = composition.behind;
    return picture ? this.pictures.get(picture) : null;
  }
}

function addressesOf({ scene, cutout, shadow, behind }: Composition): Set<string> {
  const all = [scene?.preview, cutout?.picture, shadow?.picture, behind.picture];
  return new Set(all.filter((address): address is string => Boolean(address)));
}
