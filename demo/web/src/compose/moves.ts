import { Gesture } from "../gesture";
import { stepped, travelled, UNTRODDEN } from "../history";
import type { Trail, Way } from "../history";
import type { Composition, Look } from "./types";

/** How a cut-out lay in its scene before, to be undone by gestures. */
export class Moves {
  readonly gesture = new Gesture();
  private trail: Trail<Look> = UNTRODDEN;
  /** What was moved: another cut-out, or another scene, has no past. */
  private of = "";

  /** Whether undo ("past") or redo ("future") finds anything. */
  has(way: Way): boolean {
    return this.trail[way].length > 0;
  }

  begin(composition: Composition | null): void {
    const { scene, cutout } = composition ?? {};
    const of = scene && cutout ? `${scene.id} ${cutout.picture}` : "";
    if (of !== this.of) this.trail = UNTRODDEN;
    this.of = of;
    this.gesture.end();
  }

  /** It lay so until now; source: what moves it, null = at one stroke. */
  note(from: Look, source: string | null, time: number): void {
    if (!this.gesture.goesOn(source, time)) this.trail = stepped(this.trail.past, from);
  }

  /** How it lay before, or after; null where there is nothing. */
  travel(way: Way, from: Look): Look | null {
    const found = travelled(this.trail, way, from);
    if (!found) return null;
    this.trail = found.trail;
    this.gesture.end();
    return found.moment;
  }
}
