import { server } from "../server";

const WAITS = [300, 900, 2700, 8100]; // milliseconds before each further try

/** Pictures by address, fetched once; those no longer wanted are let go. */
export class Pictures {
  private readonly here = new Map<string, ImageBitmap>();
  private readonly coming = new Map<string, Promise<void>>();
  /** Those that did not come at once: tried again by themselves, at last given up. */
  private readonly late = new Set<string>();

  constructor(
    private readonly onArrival: () => void,
    private readonly onFailure: () => void,
  ) {}

  /** The picture if it is there; else it is fetched and announced. */
  get(address: string): ImageBitmap | null {
    const picture = this.here.get(address);
    if (!picture) void this.fetch(address);
    return picture ?? null;
  }

  /** Done when the picture is there, or is late. */
  fetch(address: string): Promise<void> {
    if (this.here.has(address) || this.late.has(address)) return Promise.resolve();
    const known = this.coming.get(address);
    if (known) return known;
    const coming = this.load(address).then((isHere) => {
      this.coming.delete(address);
      if (!isHere) void this.tryAgain(address);
    });
    this.coming.set(address, coming);
    return coming;
  }

  keep(wanted: Set<string>): void {
    for (const address of this.late) if (!wanted.has(address)) this.late.delete(address);
    for (const [address, picture] of this.here) {
      if (wanted.has(address)) continue;
      picture.close();
      this.here.delete(address);
    }
  }

  /** For some seconds; a picture that was replaced meanwhile is not missed. */
  private async tryAgain(address: string): Promise<void> {
    this.late.add(address);
    for (const wait of WAITS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (!this.late.has(address) || (await this.load(address))) return;
    }
    if (this.late.has(address)) this.onFailure();
  }

  /** Whether it came. */
  private async load(address: string): Promise<boolean> {
    try {
      this.here.set(address, await server.picture(address));
    } catch {
      return false;
    }
    this.late.delete(address);
    this.onArrival();
    return true;
  }
}
