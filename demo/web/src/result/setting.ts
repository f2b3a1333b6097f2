import { Gesture } from "../gesture";
import { stepped, travelled } from "../history";
import type { Way } from "../history";
import type { Store } from "../state";
import type { Settings } from "./types";

/** What people set of a result: strength, blend and sliders, to be undone by gestures. */
export class Setting {
  private readonly gesture = new Gesture();

  constructor(private readonly store: Store) {}

  /** Set what a slider says; a drag of it is one step, and so are keys pressed in a row. */
  listenTo(input: HTMLInputElement, read: (value: number) => Partial<Settings>): void {
    this.gesture.follow(input);
    input.addEventListener("input", ({ timeStamp }) => {
      const change = read(input.valueAsNumber);
      if (this.gesture.goesOn(input, timeStamp)) this.store.update(change);
      else this.step(change);
    });
  }

  /** As a step of its own. */
  set(change: Partial<Settings>): void {
    this.gesture.end();
    this.step(change);
  }

  private step(change: Partial<Settings>): void {
    this.store.update({ ...change, settled: stepped(this.store.state.settled.past, this.now()) });
  }

  undo = (): void => this.travel("past", "spoken_undone");
  redo = (): void => this.travel("future", "spoken_redone");

  private travel(way: Way, note: string): void {
    const found = travelled(this.store.state.settled, way, this.now());
    if (!found) return;
    this.gesture.end();
    this.store.update({ ...found.moment, settled: found.trail, note });
  }

  private now(): Settings {
    const { strength, blend, moved } = this.store.state;
    return { strength, blend, moved };
  }
}
