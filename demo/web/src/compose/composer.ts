import { sentenceFor, until } from "../ask";
import type { Flow } from "../flow";
import type { Way } from "../history";
import { AT_START } from "../state";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Photo } from "../types";
import { Bringing } from "./bringing";
import { Moves } from "./moves";
import { composeServer } from "./server";
import { keptIn } from "./transform";
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
  /** Where the cut-out was before, to undo. */
  readonly moves = new Moves();
  /** Called before a picture is shown for the first time, so that nothing flickers. */
  preload: (composition: Composition) => Promise<void> = () => Promise.resolve();

  private last: Promise<void> = Promise.resolve();
  /** Until people give up: what they left shows nothing any longer, and sends no file. */
  private round = new AbortController();
  private bringing: Bringing | null = null;
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

  /** Whether a photo is on its way, which can be given up. */
  get isOpening(): boolean {
    return this.bringing !== null || this.store.state.busy === "busy_reading";
  }

  /** Go on where a reload left off, once the flow has put its photo on the stage. */
  async resume(): Promise<void> {
    const shown = this.store.state.photo?.id;
    const wanted = () => !this.composition && this.store.state.photo?.id === shown;
    const composition = await composeServer.state(wanted).catch(() => null);
    if (!composition || !wanted()) return;
    // A composite that is not on the stage would be taken for one that was given up.
    if (composition.step !== "done" || shown) this.show(composition);
  }

  /** From the start page: ask for the two photos, or go on with those that are there. */
  begin(): void {
    this.composition ??= EMPTY;
    this.store.update({ view: VIEW_OF[this.composition.step] ?? PHOTOS });
  }

  /** From the start page back to what people left for it. */
  comeBack = (): void => (this.step ? this.begin() : this.flow.backToSelection());

  /** Files chosen on the start page, or for a part of the composition. */
  bring(files: File[], part: Part | null): void {
    const accepts = (file: File | undefined) => this.flow.accepts(file);
    if (files.length > 2) return this.fail(this.say("error_many_files"));
    if (!accepts(files[0]) || !files.slice(1).every(accepts)) return;
    void this.run("busy_reading", async (signal) => {
      const bringing = (this.bringing = new Bringing(this.flow, signal));
      this.announce();
      try {
        const ids = await bringing.send(files);
        this.store.update({ busy: "busy_looking" });
        const meant = ids.length === 1 ? (part ?? this.missing) : null;
        return await composeServer.brought(ids, meant, until(signal));
      } finally {
        if (this.bringing === bringing) this.bringing = null;
      }
    });
  }

  /** No photo that is on its way is wanted any longer; what was there before stays. */
  stopOpening = (): void => {
    this.leaveRound();
    this.flow.stopOpening();
  };

  /** The part that a single photo takes where two are asked for and nobody said which it is. */
  private get missing(): Part | null {
    if (this.store.state.view !== PHOTOS) return null;
    return this.composition?.scene ? "person" : "scene";
  }

  /** A picture with clear parts was taken for a cut-out, or the wrong way in was chosen. */
  useAsPhoto = (): Promise<void> =>
    this.run("busy_looking", async (signal) => {
      const { person } = this.composition ?? EMPTY;
      if (person) return composeServer.brought([person.id], "photo", until(signal));
    });

  swap = (): Promise<void> =>
    this.run("busy_looking", async (signal) => {
      const { person } = this.composition ?? EMPTY;
      if (person) return composeServer.swap(person.id, until(signal));
    });

  placeThem = (): Promise<void> =>
    this.run("busy_cutting", async (signal) => {
      await this.flow.picking.idle();
      return composeServer.cut(until(signal));
    });

  goTo = (step: Step): Promise<void> =>
    this.run("busy_looking", async (signal) => {
      await this.save();
      return composeServer.goTo(step, until(signal));
    });

  /** The step before placing: somebody who came cut out has nobody to tap. */
  get beforePlacing(): "photos" | "cut" {
    return this.composition?.cutout?.came_cut_out ? "photos" : "cut";
  }

  /** From the photos on, where both are there. */
  goOn = (): Promise<void> => this.goTo(this.beforePlacing === "photos" ? "place" : "cut");

  /** The picture at full size, and on to whom to match. */
  finish = (): Promise<void> =>
    this.run("busy_composing", async (signal) => {
      await this.save();
      return composeServer.render(until(signal));
    });

  /** Back to the start page; photos and cut-out go. */
  giveUp = (): void => {
    this.letGo();
    this.store.restart(null);
    this.store.update({ cutting: false });
  };

  /** Move the cut-out by a source of moves, null = at one stroke; the server is told at rest. */
  change(look: Look, source: string | null): void {
    const { look: before, cutout, scene } = this.composition ?? EMPTY;
    if (before) this.moves.note(before, source, performance.now());
    this.put(cutout && scene ? keptIn(look, cutout, scene) : look);
  }

  /** Undo ("past") or redo ("future") what moved it; whether there was anything. */
  travel(way: Way): boolean {
    const look = this.composition?.look;
    const found = look && this.canTravel(way) ? this.moves.travel(way, look) : null;
    if (found) this.put(found);
    return found !== null;
  }

  /** Taps that choose who stands in front have an undo of their own: a second tap. */
  canTravel(way: Way): boolean {
    return this.step === "place" && !this.choosesBehind && this.moves.has(way);
  }

  private put(look: Look): void {
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
    void this.run("busy_picking", async (signal) => {
      const taps = this.composition?.behind.taps ?? [];
      const { composition } = await composeServer.behind([...taps, [x, y]], until(signal));
      if (composition && !signal.aborted) await this.merge({ behind: composition.behind });
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
      const { composition } = await composeServer.look(look, until(this.round.signal));
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

  private take({ composition, photo, swapped }: Answer): void {
    if (composition) this.show(composition);
    else if (this.store.state.view !== AT_START) this.forget();
    if (!photo) return;
    if (!composition && photo.regions.change) this.note = swapped ? "note_swapped" : "note_mask_found";
    this.open(photo);
  }

  /** Show a step: cutting out happens on the usual stage, with the photo of the person. */
  private show(composition: Composition): void {
    this.composition = composition;
    this.moves.begin(composition);
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
    void this.flow.start(() => Promise.resolve(photo));
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
    // From the start page people took another photo in its place.
    if (composition.step === "photos" && state.photo && state.view !== view && state.view !== AT_START) {
      return this.letGo();
    }
    if (view && state.view !== view && state.view !== AT_START) return this.store.update({ view });
    if (!view && !state.photo) return this.giveUp();
    const { person, step } = composition;
    const cutting = step === "cut" && state.photo?.id === person?.id;
    if (state.cutting !== cutting) return this.store.update({ cutting });
    this.announce();
  }

  /** Everything of the composition goes, on the server as well. */
  private letGo(): void {
    const { scene, person } = this.composition ?? EMPTY;
    this.forget();
    this.leaveRound();
    if (scene || person) void composeServer.giveUp().catch(() => undefined);
  }

  private leaveRound(): void {
    this.bringing?.remove();
    this.bringing = null;
    this.round.abort();
    this.round = new AbortController();
    this.last = Promise.resolve();
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.composition = this.unsaved = null;
    this.moves.begin(null);
    this.choosesBehind = false;
    this.announce();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }

  private fail(error: string): void {
    this.store.update({ error });
  }

  /** Settles, always well, when what the step answers is shown, or nobody wants it any longer. */
  private run(busy: string, step: (signal: AbortSignal) => Promise<Answer | void>): Promise<void> {
    const { signal } = this.round;
    this.last = this.last.then(async () => {
      if (signal.aborted) return;
      this.store.update({ error: null, busy });
      try {
        const answer = await step(signal);
        if (answer && !signal.aborted) this.take(answer);
      } catch (error) {
        if (!signal.aborted) this.fail(sentenceFor(error, this.say));
      } finally {
        const { busy: shown } = this.store.state;
        const isOurs = shown === busy || shown === "busy_looking";
        if (isOurs && !signal.aborted) this.store.update({ busy: null });
      }
    });
    return this.last;
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
