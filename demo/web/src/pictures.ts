import { server } from "./server";
import { releaseTints } from "./tint";

const WAITS = [300, 900, 2700, 8100]; // milliseconds before each further try; the last for ever

interface Wanted {
  picture: ImageBitmap | null;
  firstTry: Promise<void>;
}

/** Pictures of the server by their addresses, fetched once; those no longer wanted are let go. */
export class Pictures {
  private readonly known = new Map<string, Wanted>();
  private ahead: string[] = [];

  /** `onFailure` is told once of a picture that is late. */
  constructor(
    private readonly onArrival: () => void,
    private readonly onFailure: () => void,
  ) {}

  /** The picture if it is there; else it is fetched and announced. */
  get(address: string): ImageBitmap | null {
    return this.wanted(address).picture;
  }

  /** Done when each is there, or late. They are kept until others are fetched ahead. */
  async fetchAhead(addresses: string[]): Promise<void> {
    this.ahead = addresses;
    await Promise.all(addresses.map((address) => this.wanted(address).firstTry));
  }

  keepOnly(kept: Set<string>): void {
    for (const [address, { picture }] of this.known) {
      if (kept.has(address) || this.ahead.includes(address)) continue;
      this.known.delete(address);
      if (!picture) continue;
      releaseTints(picture);
      picture.close();
    }
  }

  private wanted(address: string): Wanted {
    const known = this.known.get(address);
    if (known) return known;
    const wanted: Wanted = { picture: null, firstTry: Promise.resolve() };
    this.known.set(address, wanted);
    wanted.firstTry = this.load(address, wanted).then((isDone) => {
      if (!isDone) void this.tryOn(address, wanted);
    });
    return wanted;
  }

  private async tryOn(address: string, wanted: Wanted): Promise<void> {
    for (let tries = 1; ; tries++) {
      const wait = WAITS[Math.min(tries, WAITS.length) - 1];
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (!this.isKept(address, wanted) || (await this.load(address, wanted))) return;
      if (tries === WAITS.length && this.isKept(address, wanted)) this.onFailure();
    }
  }

  /** Whether it came. One that was let go meanwhile is not missed. */
  private async load(address: string, wanted: Wanted): Promise<boolean> {
    let picture: ImageBitmap;
    try {
      picture = await server.picture(address);
    } catch {
      return false;
    }
    if (this.isKept(address, wanted)) wanted.picture = picture;
    else picture.close();
    this.onArrival();
    return true;
  }

  private isKept(address: string, wanted: Wanted): boolean {
    return this.known.get(address) === wanted;
  }
}
