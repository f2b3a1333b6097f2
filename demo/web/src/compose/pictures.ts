import { server } from "../server";

/** Pictures by address, fetched once; those no longer wanted are let go. */
export class Pictures {
  private readonly here = new Map<string, ImageBitmap>();
  private readonly coming = new Map<string, Promise<void>>();

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

  /** Done when the picture is there, or cannot be had. */
  fetch(address: string): Promise<void> {
    if (this.here.has(address)) return Promise.resolve();
    const known = this.coming.get(address);
    if (known) return known;
    const coming = server.picture(address).then(
      (picture) => {
        this.coming.delete(address);
        this.here.set(address, picture);
        this.onArrival();
      },
      () => {
        this.coming.delete(address);
        this.onFailure();
      },
    );
    this.coming.set(address, coming);
    return coming;
  }

  keep(wanted: Set<string>): void {
    for (const [address, picture] of this.here) {
      if (wanted.has(address)) continue;
      picture.close();
      this.here.delete(address);
    }
  }
}
