import { Gesture } from "../gesture";
import { stepped, travelled } from "../history";
import type { Way } from "../history";
import type { Store } from "../state";
import type { ResultActions } from "./actions";
import { settledNow, stepsTo } from "./following";
import type { Settings } from "./types";

/** What people set of a result, to be undone by gestures, and whom it follows with it. */
export class Setting {
  private readonly gesture = new Gesture();

  constructor(
    private readonly store: Store,
    private readonly actions: Pick<ResultActions, "goTo">,
  ) {}

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
    const { state } = this.store;
    this.store.update({ ...change, settled: stepped(state.settled.past, settledNow(state)) });
  }

  undo = (): void => this.travel("past", "spoken_undone");
  redo = (): void => this.travel("future", "spoken_redone");

  private travel(way: Way, note: string): void {
    const { state } = this.store;
    const found = state.busy ? null : travelled(state.settled, way, settledNow(state));
    if (!found) return;
    this.gesture.end();
    const { strength, blend, moved } = found.moment;
    const then = { strength, blend, moved, settled: found.trail, note };
    if (!stepsTo(found.moment, state).length) this.store.update(then);
    else void this.actions.goTo(found.moment, then);
  }
}
