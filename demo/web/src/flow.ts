import { Refusal, server } from "./server";
import type { Snapshot, Store, Tool } from "./state";
import type { Say } from "./texts";
import type { Photo, Role, Tap } from "./types";

/** What people can do. Steps run one after the other; a failed one changes nothing. */
export class Flow {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly say: Say,
    private readonly megabytes: number,
  ) {}

  /** Go on where a reload left off, and wait for the models. */
  async resume(): Promise<void> {
    try {
      const state = await server.state();
      if (state.photo && !this.store.state.photo) this.store.restart(state.photo);
      if (state.models === "failed") this.store.update({ error: state.problem });
      this.store.update({ warmingUp: state.models === "loading" });
      if (state.models === "loading") setTimeout(() => void this.resume(), 1500);
    } catch {
      this.store.update({ error: this.say("error_network") });
    }
  }

  open(file: File | undefined): void {
    if (!file) return this.fail(this.say("error_no_file"));
    if (file.size > this.megabytes * 1e6) {
      return this.fail(this.say("error_too_large", { megabytes: this.megabytes }));
    }
    this.start(() => server.upload(file));
  }

  openExample(name: string): void {
    this.start(() => server.openExample(name));
  }

  tap(x: number, y: number): void {
    this.enqueue(async (photo) => {
      const { role, tool } = this.store.state;
      const before = snapshot(photo, role);
      const tap: Tap = [x, y, tool !== "remove"];
      const taps = tool === "pick" || !before.taps.length ? [tap] : [...before.taps, tap];
      await this.choose(photo, role, taps);
      this.store.update({ history: [...this.store.state.history, before] });
      if (role === "change" && tool === "pick") this.store.update({ role: "match" });
    });
  }

  undo(): void {
    this.enqueue(async (photo) => {
      const history = [...this.store.state.history];
      const before = history.pop();
      if (!before) return;
      if (before.automatic) await this.suggest(photo);
      else await this.choose(photo, before.role, before.taps);
      this.store.update({ history, role: before.role, tool: "pick" });
    });
  }

  harmonize(): void {
    this.enqueue(async (photo) => {
      const harmonized = await this.during("busy_harmonizing", server.harmonize(photo.id));
      this.apply(harmonized);
      this.store.update({ view: "result", strength: 1 });
      this.setDivider(middleOf(harmonized));
    });
  }

  download(): void {
    this.enqueue(async (photo) => {
      const { strength } = this.store.state;
      const file = await this.during("busy_saving", server.download(photo.id, strength));
      const link = document.createElement("a");
      link.href = server.address(file.url);
      link.download = file.name;
      link.click();
    });
  }

  startOver(): void {
    const { photo } = this.store.state;
    this.store.restart(null);
    if (photo) void server.remove(photo.id).catch(() => undefined);
  }

  selectRole = (role: Role): void => this.store.update({ role, tool: "pick", view: "select" });
  selectTool = (tool: Tool): void => this.store.update({ tool });
  backToSelection = (): void => this.store.update({ view: "select", tool: "pick" });
  setStrength = (strength: number): void => this.store.update({ strength });
  setDivider = (divider: number): void =>
    this.store.update({ divider: Math.min(1, Math.max(0, divider)) });
  dismiss = (): void => this.store.update({ error: null });
  fail = (error: string): void => this.store.update({ error });

  private start(opening: () => Promise<Photo>): void {
    this.run(async () => {
      const photo = await this.during("busy_reading", opening());
      this.store.restart(photo);
      this.apply(await this.during("busy_people", server.prepare(photo.id)));
    });
  }

  private async choose(photo: Photo, role: Role, taps: Tap[]): Promise<void> {
    this.apply(await this.during("busy_picking", server.choose(photo.id, role, taps)));
    if (role !== "change") return;
    const match = this.store.state.photo?.regions.match;
    if (match && !match.automatic) return;
    if (taps.length) await this.suggest(photo);
    else this.apply(await this.during("busy_picking", server.choose(photo.id, "match", [])));
  }

  private async suggest(photo: Photo): Promise<void> {
    this.apply(await this.during("busy_matching", server.suggest(photo.id)));
  }

  /** Take over what the server says, unless another photo was opened meanwhile. */
  private apply(photo: Photo): void {
    if (this.store.state.photo?.id === photo.id) this.store.update({ photo });
  }

  private enqueue(step: (photo: Photo) => Promise<void>): void {
    const asked = this.store.state.photo?.id;
    this.run(async () => {
      const { photo } = this.store.state;
      if (photo && photo.id === asked) await step(photo);
    });
  }

  private run(step: () => Promise<void>): void {
    this.last = this.last.then(async () => {
      this.store.update({ error: null });
      try {
        await step();
      } catch (error) {
        const sentence = error instanceof Refusal ? error.message : "";
        this.fail(sentence || this.say("error_network"));
      } finally {
        this.store.update({ busy: null });
      }
    });
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

function snapshot(photo: Photo, role: Role): Snapshot {
  const region = photo.regions[role];
  return { role, taps: region?.taps ?? [], automatic: region?.automatic ?? false };
}
