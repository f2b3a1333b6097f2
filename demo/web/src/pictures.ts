import { pictureSent } from "./sent";
import { server } from "./server";
import type { Store } from "./state";
import type { Say } from "./texts";
import { releaseTints } from "./tint";

const WAITS = [300, 900, 2700, 8100]; // milliseconds before each further try; the last for ever

interface Wanted {
  picture: ImageBitmap | null;
  /** What people sent, until the picture is there. */
  standIn: ImageBitmap | null;
  firstTry: Promise<void>;
}

/** Pictures whose lateness people hear of, until one comes. */
export function toldPictures(store: Store, say: Say, redraw: () => void): Pictures {
  const late = say("error_preview");
  const arrived = () => {
    if (store.state.error === late) store.update({ error: null });
    redraw();
  };
  return new Pictures(arrived, () => store.update({ error: late }));
}

/** Pictures of the server by their addresses, fetched once; those no longer wanted are let go. */
export class Pictures {
  private readonly known = new Map<string, Wanted>();
  private ahead: string[] = [];

  /** `onFailure` is told once of a picture that is late, while there is nothing in its place. */
  constructor(
    private readonly onArrival: () => void,
    private readonly onFailure: () => void,
  ) {}

  /** The picture if it is there; else it is fetched and announced, and so is what stands in for it. */
  get(address: string): ImageBitmap | null {
    const { picture, standIn } = this.wanted(address);
    return picture ?? standIn;
  }

  /** Done when it is there, or late. */
  arrival(address: string): Promise<void> {
    return this.wanted(address).firstTry;
  }

  /** Done when each is there, or late. They are kept until others are fetched ahead. */
  async fetchAhead(addresses: string[]): Promise<void> {
    this.ahead = addresses;
    await Promise.all(addresses.map((address) => this.arrival(address)));
  }

  keepOnly(kept: Set<string>): void {
    for (const [address, { picture, standIn }] of this.known) {
      if (kept.has(address) || this.ahead.includes(address)) continue;
      this.known.delete(address);
      standIn?.close();
      if (!picture) continue;
      releaseTints(picture);
      picture.close();
    }
  }

  private wanted(address: string): Wanted {
    const known = this.known.get(address);
    if (known) return known;
    const wanted: Wanted = { picture: null, standIn: null, firstTry: Promise.resolve() };
    this.known.set(address, wanted);
    void this.standIn(address, wanted);
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
      const isMissed = !wanted.standIn && this.isKept(address, wanted);
      if (tries === WAITS.length && isMissed) this.onFailure();
    }
  }

  private async standIn(address: string, wanted: Wanted): Promise<void> {
    const picture = await pictureSent(address);
    if (!picture) return;
    if (wanted.picture || !this.isKept(address, wanted)) return picture.close();
    wanted.standIn = picture;
    this.onArrival();
  }

  /** Whether it came. One that was let go meanwhile is not missed. */
  private async load(address: string, wanted: Wanted): Promise<boolean> {
    let picture: ImageBitmap;
    try {
      picture = await server.picture(address);
    } catch {
      return false;
    }
    if (this.isKept(address, wanted)) {
      wanted.picture = picture;
      wanted.standIn?.close();
      wanted.standIn = null;
    } else picture.close();
    this.onArrival();
    return true;
  }

  private isKept(address: string, wanted: Wanted): boolean {
    return this.known.get(address) === wanted;
  }
}
