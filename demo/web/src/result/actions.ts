import { sentenceFor } from "../ask";
import type { Flow } from "../flow";
import { stepped } from "../history";
import { selectionsOf } from "../selection";
import type { State, Store } from "../state";
import type { Say } from "../texts";
import type { Photo } from "../types";
import { measuredAt } from "./color";
import { settledNow, stepsTo } from "./following";
import { resultServer } from "./server";
import { AS_MADE, isFactor, LIMITS, SLIDERS, UNMOVED } from "./types";
import type { Adjustment, Change, Following, Format, Look, Numbers, Slider } from "./types";

/** Sliders that belonged to another result. */
const ANEW: Partial<State> = { moved: UNMOVED, blend: AS_MADE.blend };

/** What people can do with a result. */
export class ResultActions {
  /** The result whose numbers and looks were asked for, whether the server would not give them. */
  private asked = "";
  private refused = false;
  /** How many questions are open. */
  private open = 0;
  private readonly listeners: Array<(looks: Look[] | null) => void> = [];
  /** The looks of `of`; they stay while only the reference changes. */
  private looks: { of: string; list: Look[] | null } = { of: "", list: null };

  constructor(
    private readonly store: Store,
    private readonly flow: Flow,
    private readonly say: Say,
  ) {
    store.subscribe((state) => this.ask(state));
  }

  /** Told the looks whenever they may be others; null while they are made. */
  onLooks(listener: (looks: Look[] | null) => void): void {
    this.listeners.push(listener);
    listener(this.looks.list);
  }

  /** Whether numbers or looks of the result that is shown are on their way. */
  get isFetching(): boolean {
    return this.open > 0;
  }

  /** Match another look; the sliders start anew. */
  match(key: string): void {
    this.take((photo, here) => resultServer.match(photo, key, here), ANEW);
  }

  /** Blend with another look, halfway at first; null = no longer. */
  second(key: string | null): void {
    this.take((photo, here) => resultServer.second(photo, key, here), ANEW);
  }

  /** Follow the reference more or less closely; what people moved stays. */
  transfer(ratio: number): Promise<void> {
    return this.take((photo, here) => resultServer.transfer(photo, ratio, here), {});
  }

  /**
   * Undo or redo: follow whom a result followed, then stand as it stood. Who moves a slider
   * meanwhile keeps that, as one step more.
   */
  goTo(wanted: Following, then: Partial<State>): Promise<void> {
    const { settled } = this.store.state;
    return this.flow.enqueue(async (_, here) => {
      this.store.update({ busy: "busy_harmonizing", note: null });
      for (const step of stepsTo(wanted, this.store.state)) {
        const made = await step(this.store.state.photo!, here);
        if (!here()) return;
        this.show(made);
      }
      this.store.update(this.store.state.settled === settled ? then : { note: then.note });
    });
  }

  download(format: Format): void {
    const { strength, moved, blend } = this.store.state;
    this.flow.enqueue((photo, here) =>
      this.flow.saveFile("busy_saving", () =>
        resultServer.download(photo, format, strength, moved, blend, here),
      ),
    );
  }

  /** Take a result over from the server, as a step that can be undone. */
  private take(
    step: (photo: Photo, here: () => boolean) => Promise<Photo>,
    sliders: Partial<State>,
  ): Promise<void> {
    return this.flow.enqueue(async (photo, here) => {
      this.store.update({ busy: "busy_harmonizing", note: null });
      const made = await step(photo, here);
      if (!here()) return;
      const { settled } = this.store.state;
      this.show(made, { ...sliders, settled: stepped(settled.past, settledNow(this.store.state)) });
    });
  }

  private show(photo: Photo, more: Partial<State> = {}): void {
    this.store.update({ photo, selections: selectionsOf(photo), drafts: {}, ...more });
  }

  /** Once for each result; what was refused once more, when people come back to it. */
  private ask({ view, photo }: State): void {
    const before = photo?.result?.before ?? "";
    const isShown = view === "result" && before !== "";
    if (before !== this.asked || (this.refused && !isShown)) this.asked = "";
    if (!isShown || this.asked) return;
    this.asked = before;
    this.refused = false;
    void this.fetch(photo!);
  }

  private async fetch(photo: Photo): Promise<void> {
    const of = changedIn(photo);
    if (this.looks.of !== of) this.looks = { of, list: null };
    this.open += 1;
    this.announce();
    await this.bring(photo);
    this.open -= 1;
    this.announce();
  }

  private async bring(photo: Photo): Promise<void> {
    // Also while people look at the selection: they may come back to the same result.
    const here = () => this.store.state.photo?.result?.before === photo.result!.before;
    try {
      const numbers = await resultServer.numbers(photo, here);
      if (!here()) return;
      this.store.update({ numbers });
      const list = await resultServer.looks(photo, here);
      const { photo: shown } = this.store.state;
      if (shown && changedIn(shown) === changedIn(photo)) this.looks = { of: changedIn(photo), list };
    } catch (error) {
      if (!here()) return;
      this.refused = true;
      this.flow.fail(sentenceFor(error, this.say));
    }
  }

  private announce(): void {
    for (const listener of this.listeners) listener(this.looks.list);
  }
}

/** Who changed: the same looks fit them with any reference. */
const changedIn = (photo: Photo): string => photo.regions.change?.mask ?? "";

/** The numbers of the result on the stage; null until they are here. */
export const numbersOf = ({ numbers, photo }: State): Numbers | null =>
  numbers && numbers.of === photo?.result?.before ? numbers : null;

/** What harmonizing itself did at the strength that is set. */
export function standingAt(state: State): Adjustment {
  const numbers = numbersOf(state);
  const change = numbers && measuredAt(numbers, state.strength, state.blend).change;
  return { ...UNMOVED, ...change };
}

/** What the picture that is shown changed; a guess until it was drawn. */
export function changeShown(state: State): Change {
  const { measured, strength, moved, blend } = state;
  const isOfThis =
    measured?.of === numbersOf(state) &&
    measured.strength === strength &&
    measured.moved === moved &&
    measured.blend === blend;
  return isOfThis ? measured.change : totalOf(state);
}

/** What people moved in all, where a slider is moved to a value. */
export function movedTo(state: State, name: Slider, value: number): Adjustment {
  const start = standingAt(state)[name];
  const added = isFactor(name) ? value / Math.max(start, 1e-3) : value - start;
  const [least, most] = LIMITS[name];
  return { ...state.moved, [name]: Math.min(most, Math.max(least, added)) };
}

/** That and what people moved. */
export function totalOf(state: State): Adjustment {
  const total = { ...standingAt(state) };
  for (const name of SLIDERS) {
    total[name] = isFactor(name) ? total[name] * state.moved[name] : total[name] + state.moved[name];
  }
  return total;
}
