import type { Composer } from "./compose/composer";
import type { Flow } from "./flow";
import { lendingOf } from "./lending";
import { AT_START, isAtStart } from "./state";
import type { Store } from "./state";

/** What Back goes through. */
export interface Ways {
  /** How deep the view that is shown lies; 0 is the start page, from where Back leaves. */
  depth(): number;
  /** As the page's own button does; nothing is deleted. Settles, always well, when it is done. */
  back(): Promise<void> | void;
  /** To what Back left, where that is there still. */
  forward(): void;
}

type Entries = Pick<History, "state" | "go" | "pushState">;
const NAME = "iph-depths";

/** Has the browser keep an entry for each view that lies deeper than the one before. */
export class Back {
  /** How deep the views lie whose entries lead here. */
  private depths: number[];
  /** Steps of the browser that the page has not followed yet. */
  private open = 0;
  private last: Promise<void>;
  /** The browser goes back because the page did. */
  private isOurs = false;

  /** `isReady` settles when the page knows where people are; what they press before waits for it. */
  constructor(
    private readonly entries: Entries,
    private readonly ways: Ways,
    isReady: Promise<unknown>,
  ) {
    this.depths = this.entry();
    this.open++;
    this.last = isReady.then(() => {
      this.open--;
      this.follow();
    });
  }

  /** Have the browser's entries be those of the view that is shown. */
  follow(): void {
    if (this.open || this.isOurs) return;
    const depth = this.ways.depth();
    const kept = this.depths.filter((other) => other <= depth);
    if (kept.length < this.depths.length) {
      this.isOurs = true;
      return this.entries.go(kept.length - this.depths.length);
    }
    if (kept[kept.length - 1] === depth) return;
    this.depths = [...kept, depth];
    this.entries.pushState({ ...this.entries.state, [NAME]: this.depths }, "");
  }

  /** The browser went to another entry (`popstate`). */
  popped(): Promise<void> {
    const before = this.depths.length;
    this.depths = this.entry();
    const isBack = this.depths.length < before;
    const { isOurs } = this;
    this.isOurs = false;
    this.open++;
    this.last = this.last.then(async () => {
      if (!isOurs) await (isBack ? this.ways.back() : this.ways.forward());
      this.open--;
      this.follow();
    });
    return this.last;
  }

  private entry(): number[] {
    return this.entries.state?.[NAME] ?? [0];
  }
}

const DEPTHS = { photos: 1, cut: 2, place: 3, done: 4 };

/** The views of the page: start, photo, result; start, photos, cut, place, composite, result. */
export function waysOf(store: Store, flow: Flow, composer: Composer): Ways {
  return {
    depth() {
      const { state } = store;
      if (isAtStart(state)) return composer.isOpening ? 1 : 0;
      const step = composer.composition?.step;
      if (step && step !== "done") return DEPTHS[step];
      const further = Number(state.lendsTo !== null) + Number(state.view === "result");
      return (step ? DEPTHS[step] : 1) + further;
    },

    back() {
      const { state } = store;
      if (composer.isOpening) return composer.stopOpening();
      if (isAtStart(state)) return;
      if (composer.step === "cut") return composer.goTo("photos");
      if (composer.step === "place") return composer.goTo(composer.beforePlacing);
      if (state.lendsTo) return lendingOf(store, flow).back();
      if (state.view === "result") return flow.backToSelection();
      if (composer.canGoBackToPlacing) return composer.goTo("place");
      flow.show(AT_START);
    },

    forward() {
      const { photo, view } = store.state;
      if (view === AT_START) composer.comeBack();
      else if (view === "select" && photo?.result) flow.show("result");
    },
  };
}

/** From now on Back goes through the views; `isResumed` settles when those before a reload are back. */
export function listenToBack(store: Store, flow: Flow, composer: Composer, isResumed: Promise<unknown>): void {
  const back = new Back(history, waysOf(store, flow, composer), isResumed);
  window.addEventListener("popstate", () => void back.popped());
  let waiting = 0;
  composer.subscribe(() => {
    // A view may be left and shown in one go.
    clearTimeout(waiting);
    waiting = window.setTimeout(() => back.follow());
  });
}
