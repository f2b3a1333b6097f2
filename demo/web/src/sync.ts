import { sentenceFor } from "./ask";
import { ANYBODY, isEmpty, isRefinable, keyOf, selectionsOf } from "./selection";
import { contains } from "./shape";
import { server } from "./server";
import type { Selections } from "./selection";
import type { Store } from "./state";
import type { Say } from "./texts";
import type { Photo, Role } from "./types";

/** Brings what people select to the server, the newest only, and its masks back. */
export class Sync {
  private readonly asked = new Set<Role>();
  /** Roles that will be asked for: their newest selection is still being decoded here. */
  private readonly coming = new Set<Role>();
  private running: Promise<void> | null = null;
  /** What was selected when the last question left. */
  private before: Selections;

  constructor(
    private readonly store: Store,
    private readonly say: Say,
  ) {
    this.before = store.state.selections;
  }

  /** Nothing older is to replace what was selected for a role, until it is asked for. */
  expect(role: Role): void {
    this.coming.add(role);
  }

  ask(role: Role): void {
    this.coming.delete(role);
    this.asked.add(role);
    this.running ??= this.run();
  }

  /** When the server knows everything. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  forget(): void {
    this.asked.clear();
    this.coming.clear();
  }

  private async run(): Promise<void> {
    await null; // `running` is set before it can end
    this.store.update({ outlining: true });
    for (let role = this.next(); role; role = this.next()) {
      const { id } = this.store.state.photo!;
      try {
        await this.bring(role);
      } catch (error) {
        if (this.store.state.photo?.id === id) this.failed(role, error);
      }
    }
    this.running = null;
    this.store.update({ outlining: false });
  }

  /** The person to change first: whom we offer to match depends on them. */
  private next(): Role | null {
    const role = this.asked.has("change") ? "change" : this.asked.has("match") ? "match" : null;
    if (role) this.asked.delete(role);
    return this.store.state.photo ? role : null;
  }

  private async bring(role: Role): Promise<void> {
    const { id } = this.store.state.photo!;
    const here = () => this.store.state.photo?.id === id;
    const newest = () => (this.leave(role), this.store.state.selections[role]);
    const sent = await server.choose(id, role, newest, here);
    if (!here()) return;
    this.take(sent);
    const { cutting, selections } = this.store.state;
    if (cutting || this.isPending("change") || isEmpty(selections.change)) return;
    const twice = !this.isPending("match") && this.isTwice(sent, role);
    if (role === "match" && !twice) return;
    if (twice) {
      this.store.update({ selections: { ...selections, match: ANYBODY } });
      if (role === "match") this.store.update({ note: "note_match_is_change" });
      await server.choose(id, "match", () => ANYBODY, here);
    }
    this.before = this.store.state.selections;
    const offered = await server.suggest(id, here);
    if (here()) this.take(offered);
  }

  private leave(role: Role): void {
    this.asked.delete(role);
    this.before = this.store.state.selections;
  }

  /** Whether the person to change is the one to match as well, now that `role` was chosen. */
  private isTwice({ regions: { change, match } }: Photo, role: Role): boolean {
    const chosen = this.store.state.selections.match;
    // To be matched, people may bring or paint what also covers the person to change.
    if (role === "match" && (!isRefinable(chosen) || chosen.strokes.length)) return false;
    return Boolean(change && match && contains(change.outline, ...match.anchor));
  }

  /** Whether the server is still to hear of a role's selection. */
  private isPending(role: Role): boolean {
    return this.asked.has(role) || this.coming.has(role);
  }

  /** Take over what the server says, save where something newer waits to be sent. */
  private take(photo: Photo): void {
    const { selections, drafts, view } = this.store.state;
    const theirs = selectionsOf(photo);
    const kept = { ...selections };
    const left = { ...drafts };
    for (const role of ["change", "match"] as Role[]) {
      // A tap made meanwhile may still be drawn, and is asked for after that.
      if (this.isPending(role) || selections[role] !== this.before[role]) continue;
      kept[role] = theirs[role];
      if (left[role]?.key === keyOf(theirs[role]) || isEmpty(theirs[role])) delete left[role];
    }
    // What is selected was changed while it was harmonized: there is no result to look at.
    const shown = view === "result" && !photo.result ? "select" : view;
    this.store.update({ photo, selections: kept, drafts: left, view: shown });
  }

  /** A sentence, and back to what the server has. */
  private failed(role: Role, error: unknown): void {
    const { photo, selections, drafts } = this.store.state;
    if (!photo || this.isPending(role)) return;
    this.store.update({
      error: sentenceFor(error, this.say),
      selections: { ...selections, [role]: selectionsOf(photo)[role] },
      drafts: { ...drafts, [role]: undefined },
    });
  }
}
