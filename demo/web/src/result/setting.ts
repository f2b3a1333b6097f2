import { stepped, travelled } from "../history";
import type { Trail } from "../history";
import type { Store } from "../state";
import type { Settings } from "./types";

const ROW = 1000; // milliseconds that keys in a row are apart at most

/** What people set of a result: strength, blend and sliders, to be undone by gestures. */
export class Setting {
  /** The slider whose step is under way; whether it is held, and when it moved last. */
  private moving: HTMLInputElement | null = null;
  private isHeld = false;
  private last = 0;

  constructor(private readonly store: Store) {}

  /** Set what a slider says; a drag of it is one step, and so are keys pressed in a row. */
  listenTo(input: HTMLInputElement, read: (value: number) => Partial<Settings>): void {
    input.addEventListener("pointerdown", () => {
      this.moving = null;
      this.isHeld = true;
    });
    for (const kind of ["pointerup", "pointercancel", "change"]) {
      input.addEventListener(kind, () => (this.isHeld = false));
    }
    input.addEventListener("input", ({ timeStamp }) => {
      const goesOn = this.moving === input && (this.isHeld || timeStamp - this.last <= ROW);
      const change = read(input.valueAsNumber);
      if (goesOn) this.store.update(change);
      else this.set(change);
      this.moving = input;
      this.last = timeStamp;
    });
  }

  /** As a step of its own. */
  set(change: Partial<Settings>): void {
    this.moving = null;
    this.store.update({ ...change, settled: stepped(this.store.state.settled.past, this.now()) });
  }

  undo = (): void => this.travel("past", "spoken_undone");
  redo = (): void => this.travel("future", "spoken_redone");

  private travel(way: keyof Trail<Settings>, note: string): void {
    const found = travelled(this.store.state.settled, way, this.now());
    if (!found) return;
    this.moving = null;
    this.store.update({ ...found.moment, settled: found.trail, note });
  }

  private now(): Settings {
    const { strength, blend, moved } = this.store.state;
    return { strength, blend, moved };
  }
}
