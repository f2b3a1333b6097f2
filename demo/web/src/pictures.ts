import { server } from "./server";

const WAITS = [0, 300, 900, 2700, 8100]; // milliseconds before each try; the last for ever

/** Pictures of the server by their addresses, and masks as layers of one color. */
export class Pictures {
  private readonly loaded = new Map<string, ImageBitmap | "loading">();
  private readonly tints = new Map<string, HTMLCanvasElement>();

  constructor(
    private readonly onLoad: () => void,
    private readonly onFailure: () => void,
  ) {}

  /** null until it is there. */
  get(address: string): ImageBitmap | null {
    const known = this.loaded.get(address);
    if (known) return known === "loading" ? null : known;
    this.loaded.set(address, "loading");
    void this.load(address);
    return null;
  }

  /** Tried until it is there; told once when it is late. One that was replaced is not missed. */
  private async load(address: string): Promise<void> {
    const isWanted = () => this.loaded.get(address) === "loading";
    for (let tries = 1; ; tries++) {
      const wait = WAITS[Math.min(tries, WAITS.length) - 1];
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (!isWanted()) return;
      try {
        const picture = await server.picture(address);
        if (isWanted()) this.loaded.set(address, picture);
        else picture.close();
        return this.onLoad();
      } catch {
        if (tries === WAITS.length && isWanted()) this.onFailure();
      }
    }
  }

  /** The mask (white inside, black outside) as a see-through layer of a color. */
  tint(address: string, color: string): HTMLCanvasElement | null {
    const name = `${color} ${address}`;
    const known = this.tints.get(name);
    if (known) return known;
    const mask = this.get(address);
    if (!mask) return null;
    const layer = document.createElement("canvas");
    layer.width = mask.width;
    layer.height = mask.height;
    const context = layer.getContext("2d")!;
    context.drawImage(mask, 0, 0);
    const pixels = context.getImageData(0, 0, mask.width, mask.height);
    const { data } = pixels;
    for (let i = 0; i < data.length; i += 4) data[i + 3] = data[i]!;
    context.putImageData(pixels, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = color;
    context.fillRect(0, 0, mask.width, mask.height);
    this.tints.set(name, layer);
    return layer;
  }

  keepOnly(kept: Set<string>): void {
    for (const [address, picture] of this.loaded) {
      if (kept.has(address)) continue;
      if (picture !== "loading") picture.close();
      this.loaded.delete(address);
      for (const name of [...this.tints.keys()]) if (name.endsWith(` ${address}`)) this.tints.delete(name);
    }
  }
}
