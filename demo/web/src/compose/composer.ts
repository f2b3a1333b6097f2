import { sentenceFor, server } from "../server";
import type { Flow } from "../flow";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Photo } from "../types";
import { composeServer } from "./server";
import type { Answer, Composition, Look, Part, Step } from "./types";

const PAUSE = 250; // milliseconds without a change after which the server is told

/** Names of the views that stand in place of the stage (main.ts `VIEWS`). */
export const PHOTOS = "compose-photos";
export const PLACE = "compose-place";
const VIEW_OF: Partial<Record<Step, string>> = { photos: PHOTOS, place: PLACE };

const composers = new WeakMap<Store, Composer>();

/** The one composer of a page. */
export function composerOf(store: Store, flow: Flow, say: Say): Composer {
  const known = composers.get(store) ?? new Composer(store, flow, say);
  composers.set(store, known);
  return known;
}

/** What people do while composing. Steps run one after the other; a failed one changes nothing. */
export class Composer {
  composition: Composition | null = null;
  /** Taps choose who stands before the cut-out. */
  choosesBehind = false;
  /** Called before a picture is shown for the first time, so that nothing flickers. */
  preload: (composition: Composition) => Promise<void> = () => Promise.resolve();

  private last: Promise<void> = Promise.resolve();
  private timer = 0;
  /** What the server is to be told, and what it is being told. */
  private unsaved: Look | null = null;
  private saving: Promise<void> | null = null;
  /** The photo that the stage is about to show. */
  private opening: string | null = null;
  /** Shown once the stage has the photo. */
  private note: string | null = null;
  private readonly listeners: Array<() => void> = [];

  constructor(
    private readonly store: Store,
    private readonly flow: Flow,
    private readonly say: Say,
  ) {
    store.subscribe(() => this.notice());
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
    listener();
  }

  /** Which step people see; null where they do not compose. */
  get step(): Exclude<Step, "done"> | null {
    const step = this.composition?.step;
    return !step || step === "done" ? null : step;
  }

  /** Whether the photo on the stage is a composite whose placing can be changed. */
  get canGoBackToPlacing(): boolean {
    const { photo } = this.store.state;
    return this.composition?.step === "done" && this.composition.result === photo?.id;
  }

  /** Whether the server knows where the cut-out is, and what follows from it is shown. */
  get isSaved(): boolean {
    return this.unsaved === null && this.saving === null;
  }

  /** Go on where a reload left off, once the flow has put its photo on the stage. */
  async resume(): Promise<void> {
    const shown = this.store.state.photo?.id;
    const wanted = () => !this.composition && this.store.state.photo?.id === shown;
    const composition = await this.flow.connection.keepTrying(composeServer.state, wanted).catch(() => null);
    if (!composition || !wanted()) return;
    // A composite that is not on the stage would be taken for one that was given up.
    if (composition.step !== "done" || shown) this.show(composition);
  }

  /** From the start page: ask for the two photos. */
  begin(): void {
    this.composition = EMPTY;
    this.store.update({ view: PHOTOS });
  }

  /** Files chosen on the start page, or for a part of the composition. */
  bring(files: File[], part: Part | null): void {
    const accepts = (file: File | undefined) => this.flow.accepts(file);
    if (files.length > 2) return this.fail(this.say("error_many_files"));
    if (!accepts(files[0]) || !files.slice(1).every(accepts)) return;
    this.run("busy_reading", async () => {
      const ids: string[] = [];
      for (const file of files) ids.push((await server.upload(file)).id);
      this.store.update({ busy: "busy_looking" });
      const answer = await composeServer.brought(ids, ids.length === 1 ? (part ?? this.missing) : null);
      this.take(answer);
      if (!answer.photo?.regions.change) return;
      this.note = answer.swapped ? "note_swapped" : "note_mask_found";
    });
  }

  /** The part that a single photo takes where two are asked for and nobody said which it is. */
  private get missing(): Part | null {
    if (this.store.state.view !== PHOTOS) return null;
    return this.composition?.scene ? "person" : "scene";
  }

  /** A picture with clear parts was taken for a cut-out, or the wrong way in was chosen. */
  useAsPhoto = (): void =>
    this.run("busy_looking", async () => {
      const { person } = this.composition ?? EMPTY;
      if (person) this.take(await composeServer.brought([person.id], "photo"));
    });

  swap = (): void => this.run("busy_looking", async () => this.take(await composeServer.swap()));

  placeThem = (): void =>
    this.run("busy_cutting", async () => {
      await this.flow.picking.idle();
      this.take(await composeServer.cut());
    });

  goTo = (step: Step): void =>
    this.run("busy_looking", async () => {
      await this.save();
      this.take(await composeServer.goTo(step));
    });

  /** The picture at full size, and on to whom to match. */
  finish = (): void =>
    this.run("busy_composing", async () => {
      await this.save();
      const answer = await composeServer.render();
      this.composition = answer.composition;
      this.choosesBehind = false;
      if (answer.photo) this.open(answer.photo);
    });

  /** Back to the start page; photos and cut-out go. */
  giveUp = (): void => {
    this.forget();
    this.store.restart(null);
    this.store.update({ cutting: false });
    void composeServer.giveUp().catch(() => undefined);
  };

  /** Move the cut-out; the server is told when the hand rests. */
  change(look: Look): void {
    if (!this.composition) return;
    this.composition = { ...this.composition, look };
    this.unsaved = look;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.saveAtRest(), PAUSE);
    this.announce();
  }

  chooseBehind(chooses: boolean): void {
    this.choosesBehind = chooses;
    this.announce();
  }

  /** Whoever was tapped stands before the cut-out; a second tap on them takes that back. */
  tapBehind(x: number, y: number): void {
    this.run("busy_picking", async () => {
      const taps = this.composition?.behind.taps ?? [];
      const { composition } = await composeServer.behind([...taps, [x, y]]);
      if (composition) await this.merge({ behind: composition.behind });
    });
  }

  /** What fails is sent again with the next step; people hear of it, unless they gave up. */
  private async saveAtRest(): Promise<void> {
    try {
      await this.save();
    } catch (error) {
      if (this.unsaved) this.fail(sentenceFor(error, this.say));
    }
  }

  /** Done when the server knows where the cut-out is. One look at a time, so that none is overtaken. */
  private async save(): Promise<void> {
    clearTimeout(this.timer);
    while (this.saving) await this.saving.catch(() => undefined);
    if (this.unsaved) await (this.saving = this.tell(this.unsaved));
  }

  private async tell(look: Look): Promise<void> {
    this.unsaved = null;
    try {
      const { composition } = await composeServer.look(look);
      if (composition && !this.unsaved) await this.merge({ shadow: composition.shadow });
    } catch (error) {
      // Still to be told, where it is what the page shows.
      if (this.composition?.look === look) this.unsaved = look;
      throw error;
    } finally {
      this.saving = null;
      this.announce();
    }
  }

  /** Take over a part of what the server says; what the hand does meanwhile stays. */
  private async merge(part: Partial<Composition>): Promise<void> {
    if (!this.composition) return;
    await this.preload({ ...this.composition, ...part });
    if (!this.composition) return;
    this.composition = { ...this.composition, ...part };
    this.announce();
  }

  private take(answer: Answer): void {
    if (answer.composition) return this.show(answer.composition);
    this.forget();
    if (answer.photo) this.open(answer.photo);
  }

  /** Show a step: cutting out happens on the usual stage, with the photo of the person. */
  private show(composition: Composition): void {
    this.composition = composition;
    this.choosesBehind = false;
    const { person, scene, step } = composition;
    if (step === "cut" && person) this.open(person);
    else if (step === "place") this.store.restart(scene);
    else if (step === "photos") this.store.restart(null);
    this.announce();
  }

  /** Go on with a photo on the stage, as if it had been chosen on the start page. */
  private open(photo: Photo): void {
    this.opening = photo.id;
    this.flow.start(() => Promise.resolve(photo));
  }

  /** Keep the page at the step that people are at; it ends when they give the photo up. */
  private notice(): void {
    const { state } = this.store;
    if (state.photo?.id === this.opening) this.opening = null;
    if (this.note && state.photo && !this.opening) {
      const { note } = this;
      this.note = null;
      return this.store.update({ note });
    }
    const { composition } = this;
    if (!composition || this.opening) return this.announce();
    const view = VIEW_OF[composition.step];
    if (view && state.view !== view) return this.store.update({ view });
    if (!view && !state.photo) return this.giveUp();
    const { person, step } = composition;
    const cutting = step === "cut" && state.photo?.id === person?.id;
    if (state.cutting !== cutting) return this.store.update({ cutting });
    this.announce();
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.composition = this.unsaved = null;
    this.choosesBehind = false;
    this.announce();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }

  private fail(error: string): void {
    this.store.update({ error });
  }

  private run(busy: string, step: () => Promise<void>): void {
    this.last = this.last.then(async () => {
      this.store.update({ error: null, busy });
      try {
        await step();
      } catch (error) {
        this.fail(sentenceFor(error, this.say));
      } finally {
        const { busy: shown } = this.store.state;
        if (shown === busy || shown === "busy_looking") this.store.update({ busy: null });
      }
    });
  }
}

const EMPTY: Composition = {
  step: "photos",
  scene: null,
  person: null,
  cutout: null,
  look: null,
  shadow: null,
  behind: { taps: [], picture: null },
  result: null,
};
