import { until } from "./ask";
import { button, element } from "./dom";
import { ACCEPTED } from "./files";
import type { Flow } from "./flow";
import { disable } from "./focus";
import { newTicket } from "./line";
import { isEmpty, NOBODY } from "./selection";
import { server } from "./server";
import type { State, Store } from "./state";
import type { Say } from "./texts";
import type { Photo, Role } from "./types";
import type { Watch } from "./upload";

const lenders = new WeakMap<Store, Lending>();

export function lendingOf(store: Store, flow: Flow): Lending {
  const known = lenders.get(store) ?? new Lending(store, flow);
  lenders.set(store, known);
  return known;
}

/** Somebody in another photo is matched: that photo comes on the stage, then the first one again. */
class Lending {
  /** The other photo that was shown last, and for which photo. */
  private last: { host: string; photo: Photo } | null = null;
  /** What the first photo's result looked like when people went to the other one. */
  private left: Partial<State> = {};

  constructor(
    private readonly store: Store,
    private readonly flow: Flow,
  ) {}

  bring(file: File | undefined): void {
    const host = this.store.state.photo;
    if (!host || !this.flow.accepts(file)) return;
    const ticket = newTicket();
    this.open((watch) => server.upload(file, watch, ticket, host.id));
  }

  /** The other photo once more, to tap somebody else in it. */
  get canReopen(): boolean {
    const { photo } = this.store.state;
    return this.last !== null && this.last.host === photo?.id && this.last.photo.id === photo.other?.photo;
  }

  reopen = (): void => {
    const { last } = this;
    if (last && this.canReopen) this.open(() => Promise.resolve(last.photo));
  };

  /** Match whom people chose in it, or all of it. */
  take(whole: boolean): void {
    const host = this.store.state.lendsTo;
    if (!host) return;
    this.flow.start(async ({ signal }) => {
      await this.flow.picking.idle();
      const { photo, selections } = this.store.state;
      this.last = { host: host.id, photo: photo! };
      const chosen = whole ? NOBODY : selections.match;
      const lent = { ...chosen, photo: photo!.id, automatic: false };
      return server.choose(host.id, "match", () => lent, until(signal));
    });
  }

  /** The first photo again, as it was. */
  back = async (): Promise<void> => {
    const host = this.store.state.lendsTo;
    if (host) await this.flow.start(() => Promise.resolve(host), () => this.left);
  };

  private open(opening: (watch: Watch) => Promise<Photo>): void {
    const known = (watch: Watch) => this.flow.picking.idle().then(() => opening(watch));
    this.flow.start(known, () => {
      const { photo, strength, moved, blend, settled, divider } = this.store.state;
      this.left = { view: "select", strength, moved, blend, settled, divider };
      return { role: "match", lendsTo: photo };
    });
  }
}

/** Beside the chips: somebody in another photo. `offered`: for which role there are chips. */
export function anotherPhoto(
  store: Store,
  flow: Flow,
  say: Say,
  offered: () => Role,
): [HTMLElement, HTMLElement] {
  const lending = lendingOf(store, flow);
  const input = element("input", {
    type: "file",
    accept: ACCEPTED,
    id: "iph-other-file",
    class: "iph-file",
  });
  input.addEventListener("change", () => {
    lending.bring(input.files?.[0]);
    input.value = "";
  });
  const label = element("label", { class: "iph-button iph-plain iph-another", for: "iph-other-file" }, [
    say("another_photo"),
  ]);
  label.title = say("another_photo_hint");
  store.subscribe((state) => {
    label.hidden = input.hidden = offered() !== "match" || state.lendsTo !== null || state.cutting;
    input.disabled = state.busy !== null;
  });
  return [input, label];
}

/** The other photo's person among the chips, as long as they are matched. */
export function lentChip(store: Store, flow: Flow, say: Say, offered: () => Role): HTMLElement {
  const lending = lendingOf(store, flow);
  const picture = element("img", { alt: "" });
  const chip = element("button", { type: "button", class: "iph-chip", "aria-pressed": "true" }, [picture]);
  chip.setAttribute("aria-label", say("chip_other"));
  chip.addEventListener("click", lending.reopen);
  store.subscribe(({ photo, selections }) => {
    const other = offered() === "match" && selections.match.photo ? photo?.other : null;
    chip.hidden = !other;
    if (!other) return;
    const source = server.address(other.thumbnail);
    if (picture.src !== source) picture.src = source;
    chip.title = lending.canReopen ? say("chip_other_hint") : "";
  });
  return chip;
}

/** Beside the usual stage while it shows the other photo. */
export function lendPanel(store: Store, flow: Flow, say: Say): HTMLElement {
  const lending = lendingOf(store, flow);
  const take = button("iph-primary iph-take", say("lend_take"), () => lending.take(false));
  const whole = button("iph-quiet", say("lend_whole"), () => lending.take(true));
  const back = button("iph-quiet", say("lend_back"), lending.back);
  const panel = element("div", { class: "iph-group iph-lend" }, [take, whole, back]);
  store.subscribe((state) => {
    const lends = state.lendsTo !== null;
    panel.hidden = !lends;
    panel.closest(".iph-work")?.classList.toggle("iph-lending", lends);
    disable(take, state.busy !== null || isEmpty(state.selections.match));
    for (const made of [whole, back]) disable(made, state.busy !== null);
  });
  return panel;
}
