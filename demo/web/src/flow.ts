import { sentenceFor } from "./ask";
import { FIT } from "./camera";
import type { Picker } from "./decoder";
import { newTicket } from "./line";
import { server } from "./server";
import type { Picking } from "./picking";
import { UNTRODDEN } from "./history";
import { AS_MADE } from "./result/types";
import { AT_START } from "./state";
import type { State, Store } from "./state";
import type { Sync } from "./sync";
import type { Say } from "./texts";
import type { Photo, Role, ServerState, Setup } from "./types";
import type { Watch } from "./upload";

const TRIES = 4; // to hear what the session had
const PAUSE = 1000; // milliseconds after the first try; longer after each

/** What people can do beside picking. Steps run one after the other; a failed one changes nothing. */
export class Flow {
  private last: Promise<void> = Promise.resolve();
  /** Until people start over: what they left shows nothing any longer, and sends no file. */
  private round = new AbortController();
  /** What people left for the start page. */
  private left: Photo | null = null;
  /** Done when a photo's picture is there, or late; the stage knows. */
  arrival: (photo: Photo) => Promise<void> = () => Promise.resolve();

  constructor(
    readonly setup: Setup,
    private readonly store: Store,
    private readonly say: Say,
    private readonly sync: Sync,
    private readonly picker: Picker,
    readonly picking: Picking,
  ) {
    store.subscribe((state) => this.mindLeft(state));
  }

  /** Go on where a reload left off, and wait for the models. */
  async resume(): Promise<void> {
    const state = await this.state();
    if (!state) return;
    if (state.photo && !this.store.state.photo && this.store.state.view === "select") {
      this.store.restart(state.photo);
      this.run(() => this.prepare(state.photo!));
    }
    if (state.models === "failed") this.store.update({ error: state.problem });
    this.store.update({ warmingUp: state.models === "loading" });
    if (state.models === "loading") setTimeout(() => void this.resume(), 1500);
  }

  /** What the server knows; null where it refuses to say, again and again, which people hear then. */
  private async state(): Promise<ServerState | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await server.state();
      } catch (error) {
        if (tries === TRIES) {
          this.fail(sentenceFor(error, this.say));
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, tries * PAUSE));
      }
    }
  }

  /** Whether a file can be sent; says why not. */
  accepts(file: File | undefined): file is File {
    const { megabytes } = this.setup;
    if (!file) this.fail(this.say("error_no_file"));
    else if (file.size > megabytes * 1e6) this.fail(this.say("error_too_large", { megabytes }));
    else return true;
    return false;
  }

  openExample(name: string): void {
    const ticket = newTicket();
    this.start((watch) => server.openExample(name, ticket, watch));
  }

  /** Another way to a photo, for views of their own: it is shown and prepared. */
  start(opening: (watch: Watch) => Promise<Photo>, start: () => Partial<State> = () => ({})): Promise<void> {
    const { signal } = this.round;
    const here = () => !signal.aborted;
    return this.run(async () => {
      const photo = await this.during("busy_reading", opening(this.watch(signal)));
      if (!here()) return this.remove(photo);
      this.sync.forget();
      this.store.restart(photo, start());
      await this.prepare(photo);
    }, here);
  }

  /** Who hears of a file that is sent as long as a signal lets it. */
  watch(signal: AbortSignal): Watch {
    return { signal, sent: (sent) => this.store.update({ sent: signal.aborted ? null : sent }) };
  }

  harmonize(): void {
    this.enqueue(async (photo, here) => {
      this.store.update({ busy: "busy_harmonizing", note: null });
      await this.picking.idle();
      // The same people as before: what was made of them is there, as it was left.
      if (this.store.state.photo?.result) return this.store.update({ view: "result", camera: FIT });
      const harmonized = await server.harmonize(photo.id, here);
      if (!here()) return;
      const view = this.store.state.view === AT_START ? AT_START : "result";
      this.store.update({ photo: harmonized, view, ...AS_MADE, settled: UNTRODDEN, camera: FIT });
      this.setDivider(middleOf(harmonized));
    });
  }

  saveMask(role: Role): void {
    this.enqueue(async (photo, here) => {
      await this.picking.idle();
      await this.saveFile("busy_saving_mask", () => server.saveMask(photo.id, role, here));
    });
  }

  bringMask(file: File | undefined): void {
    if (!file || !this.accepts(file)) return;
    const { signal } = this.round;
    const send = (id: string, role: Role) => server.bringMask(id, role, file, this.watch(signal));
    this.enqueue(() => this.during("busy_mask", this.picking.bring(send)));
  }

  startOver(): void {
    const { photo } = this.store.state;
    this.picker.close();
    this.sync.forget();
    this.leaveRound();
    this.store.restart(null);
    if (photo) this.remove(photo);
  }

  /** Open no photo any longer; the one that is there stays. */
  stopOpening(): void {
    this.leaveRound();
    this.store.update({ busy: null, sent: null });
  }

  /** Show a view by its name. */
  show = (view: string): void => this.store.update({ view });
  backToSelection = (): void => this.store.update({ view: "select", tool: "pick", camera: FIT });
  setDivider = (divider: number): void =>
    this.store.update({ divider: Math.min(1, Math.max(0, divider)) });
  dismiss = (): void => this.store.update({ error: null });
  dismissNote = (): void => this.store.update({ note: null });
  fail = (error: string): void => this.store.update({ error });

  /**
   * Run a step when those before it are through; the photo may have changed until then. `here` says
   * whether it is on the stage still. Settles, always well, when the step is through or was refused.
   */
  enqueue(step: (photo: Photo, here: () => boolean) => Promise<void>): Promise<void> {
    const asked = this.store.state.photo?.id;
    const here = () => this.store.state.photo?.id === asked;
    return this.run(async () => {
      const { photo } = this.store.state;
      if (photo && here()) await step(photo, here);
    }, here);
  }

  private async prepare(photo: Photo): Promise<void> {
    void this.picker.open(photo, this.arrival(photo)); // On a slow line the picture comes first.
    const here = () => this.store.state.photo?.id === photo.id;
    const prepared = server.prepare(photo.id, here);
    try {
      const { people, company } = await this.during("busy_people", prepared);
      const { state } = this.store;
      if (!here() || !state.photo) return;
      void this.picker.meet(photo.id, company);
      const found = people.length ? "spoken_people" : "spoken_nobody";
      const isNews = state.view === "select" && !state.photo.people.length && !state.note;
      this.store.update({ photo: { ...state.photo, people, company }, ...(isNews && { note: found }) });
    } catch (error) {
      if (here()) throw error;
    }
  }

  /** Have a file made and give it to the person. */
  async saveFile(busy: string, step: () => Promise<{ url: string; name: string }>): Promise<void> {
    const file = await this.during(busy, step());
    const link = document.createElement("a");
    link.href = server.address(file.url);
    link.download = file.name;
    link.click();
    this.store.update({ note: "spoken_saved" });
  }

  private leaveRound(): void {
    this.round.abort();
    this.round = new AbortController();
    this.last = Promise.resolve();
  }

  /** What people left for the start page goes when another photo takes the stage. */
  private mindLeft({ photo, view }: State): void {
    if (view === AT_START && photo) this.left = photo;
    if (!this.left || !photo || (view !== "select" && view !== "result")) return;
    if (photo.id !== this.left.id) this.remove(this.left);
    this.left = null;
  }

  /** Delete it on the server, as soon as that can be reached. */
  private remove(photo: Photo): void {
    void server.remove(photo.id).catch(() => undefined); // It is gone already.
  }

  /** wanted: whether people are to be told, where the step fails. */
  private run(step: () => Promise<void>, wanted = () => true): Promise<void> {
    const { signal } = this.round;
    this.last = this.last.then(async () => {
      this.store.update({ error: null });
      try {
        await step();
      } catch (error) {
        if (wanted()) this.fail(sentenceFor(error, this.say));
      } finally {
        if (!signal.aborted) this.store.update({ busy: null });
      }
    });
    return this.last;
  }

  private during<T>(busy: string, step: Promise<T>): Promise<T> {
    this.store.update({ busy });
    return step;
  }
}

/** Where the line starts: across the person who changed, so that the change is seen at once. */
function middleOf(photo: Photo): number {
  const [left, , right] = photo.regions.change?.box ?? [0, 0, photo.width];
  return Math.min(0.85, Math.max(0.15, (left + right) / 2 / photo.width));
}
