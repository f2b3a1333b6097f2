import { FIT } from "./camera";
import type { Connection } from "./connection";
import type { Picker } from "./decoder";
import { sentenceFor, server } from "./server";
import type { Picking } from "./picking";
import { UNMOVED } from "./result/types";
import type { State, Store } from "./state";
import type { Sync } from "./sync";
import type { Say } from "./texts";
import type { Photo, Role, Setup } from "./types";

/** What people can do beside picking. Steps run one after the other; a failed one changes nothing. */
export class Flow {
  private last: Promise<void> = Promise.resolve();
  /** How often people started over: what they left runs on, and shows nothing any longer. */
  private round = 0;

  constructor(
    readonly setup: Setup,
    private readonly store: Store,
    private readonly say: Say,
    readonly connection: Connection,
    private readonly sync: Sync,
    private readonly picker: Picker,
    readonly picking: Picking,
  ) {}

  /** Go on where a reload left off, and wait for the models. */
  async resume(): Promise<void> {
    const state = await this.connection.keepTrying(server.state, () => true);
    if (state.photo && !this.store.state.photo && this.store.state.view === "select") {
      this.store.restart(state.photo);
      this.run(() => this.prepare(state.photo!));
    }
    if (state.models === "failed") this.store.update({ error: state.problem });
    this.store.update({ warmingUp: state.models === "loading" });
    if (state.models === "loading") setTimeout(() => void this.resume(), 1500);
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
    this.start(() => server.openExample(name));
  }

  /** Another way to a photo, for views of their own: it is shown and prepared. */
  start(opening: () => Promise<Photo>, start: () => Partial<State> = () => ({})): void {
    const { round } = this;
    const here = () => this.round === round;
    this.run(async () => {
      const photo = await this.during("busy_reading", opening());
      if (!here()) return this.remove(photo);
      this.sync.forget();
      this.store.restart(photo, start());
      await this.prepare(photo);
    }, here);
  }

  harmonize(): void {
    this.enqueue(async (photo) => {
      this.store.update({ busy: "busy_harmonizing", note: null });
      await this.picking.idle();
      // The same people as before: what was made of them is there, as it was left.
      if (this.store.state.photo?.result) return this.store.update({ view: "result", camera: FIT });
      const harmonized = await server.harmonize(photo.id);
      if (this.store.state.photo?.id !== photo.id) return;
      this.store.update({ photo: harmonized, view: "result", strength: 1, moved: UNMOVED, camera: FIT });
      this.setDivider(middleOf(harmonized));
    });
  }

  saveMask(role: Role): void {
    this.enqueue(async (photo) => {
      await this.picking.idle();
      await this.saveFile("busy_saving_mask", () => server.saveMask(photo.id, role));
    });
  }

  bringMask(file: File | undefined): void {
    if (!file || !this.accepts(file)) return;
    this.enqueue(() => this.during("busy_mask", this.picking.bring(file)));
  }

  startOver(): void {
    const { photo } = this.store.state;
    this.picker.close();
    this.sync.forget();
    this.round++;
    this.last = Promise.resolve();
    this.store.restart(null);
    if (photo) this.remove(photo);
  }

  /** Show a view by its name. */
  show = (view: string): void => this.store.update({ view });
  backToSelection = (): void => this.store.update({ view: "select", tool: "pick", camera: FIT });
  setStrength = (strength: number): void => this.store.update({ strength });
  setDivider = (divider: number): void =>
    this.store.update({ divider: Math.min(1, Math.max(0, divider)) });
  dismiss = (): void => this.store.update({ error: null });
  dismissNote = (): void => this.store.update({ note: null });
  fail = (error: string): void => this.store.update({ error });

  /**
   * Run a step when those before it are through; the photo may have changed until then. Settles,
   * always well, when the step is through or was refused.
   */
  enqueue(step: (photo: Photo) => Promise<void>): Promise<void> {
    const asked = this.store.state.photo?.id;
    const here = () => this.store.state.photo?.id === asked;
    return this.run(async () => {
      const { photo } = this.store.state;
      if (photo && here()) await step(photo);
    }, here);
  }

  private async prepare(photo: Photo): Promise<void> {
    void this.picker.open(photo);
    const here = () => this.store.state.photo?.id === photo.id;
    const prepared = this.connection.keepTrying(() => server.prepare(photo.id), here);
    try {
      const { people, company } = await this.during("busy_people", prepared);
      const { state } = this.store;
      if (!here() || !state.photo) return;
      void this.picker.meet(photo.id, company);
      this.store.update({ photo: { ...state.photo, people, company } });
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
  }

  /** Delete it on the server, as soon as that can be reached. */
  private remove(photo: Photo): void {
    const removed = this.connection.keepTrying(() => server.remove(photo.id), () => true);
    void removed.catch(() => undefined); // It is gone already.
  }

  /** wanted: whether people are to be told, where the step fails. */
  private run(step: () => Promise<void>, wanted = () => true): Promise<void> {
    const { round } = this;
    this.last = this.last.then(async () => {
      this.store.update({ error: null });
      try {
        await step();
      } catch (error) {
        if (wanted()) this.fail(sentenceFor(error, this.say));
      } finally {
        if (this.round === round) this.store.update({ busy: null });
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
