import { sentenceFor } from "./ask";
import { againAt, anchorOf, pointAt } from "./aim";
import type { Point } from "./aim";
import type { Picker, Prompts } from "./decoder";
import { stepped, travelled } from "./history";
import { KnownShapes } from "./known";
import type { Moment, Trail } from "./history";
import * as selecting from "./selection";
import type { Selections } from "./selection";
import { contains, edgeOf, previewOf, shapeOfAnswer } from "./shape";
import type { Shape } from "./shape";
import type { Store, Tool } from "./state";
import { shapeOf } from "./state";
import type { Sync } from "./sync";
import type { Say } from "./texts";
import { ROLES } from "./types";
import type { Box, Offer, Photo, Role, Selection, Stroke, Tap } from "./types";

/** What a tap would decide. */
interface Intention {
  prompts: Prompts;
  role: Role;
  /** It adds to or takes from who is chosen already. */
  refines: boolean;
}

/** What people do to say who is meant. It is drawn at once; the server follows. */
export class Picking {
  private readonly known: KnownShapes;
  private readonly drawing = new Set<Promise<void>>();

  constructor(
    private readonly store: Store,
    private readonly sync: Sync,
    private readonly picker: Picker,
    private readonly say: Say,
  ) {
    this.known = new KnownShapes(store);
  }

  /** A tap; `reach` is how near in pixels of the photo counts as on a point. */
  tap(x: number, y: number, reach: number, shift = false): void {
    const { tool, role } = this.store.state;
    const point = pointAt(this.store.state, x, y, reach);
    if (point) return this.removePoint(point);
    if (tool === "brush") return;
    if (tool === "pick" && !shift) return this.choose(x, y, reach);
    const adds = tool === "pick" ? false : (tool === "add") !== shift;
    this.refine(this.editable() ?? role, x, y, adds);
  }

  /** What a tap there would decide, for the preview under the mouse; null = nothing to show. */
  intention(x: number, y: number, shift: boolean): Intention | null {
    const { state } = this.store;
    const { tool, role } = state;
    const anew = (prompts: Prompts) => ({ prompts, role, refines: false });
    if (tool === "brush") return null;
    if (tool === "pick" && !shift) {
      return againAt(state, x, y, 0) ? null : anew(selecting.tapped(x, y, "person"));
    }
    const target = this.editable() ?? role;
    const adds = tool === "pick" ? false : (tool === "add") !== shift;
    const selection = state.selections[target];
    if (!selecting.isRefinable(selection)) {
      return adds ? anew(selecting.tapped(x, y, "person")) : null;
    }
    const refined = selecting.withTap(selection, [x, y, adds], anchorOf(state, target));
    const there = contains(shapeOf(state, target)?.polygons ?? [], x, y) === adds;
    return refined && !there ? { prompts: refined, role: target, refines: true } : null;
  }

  drawBox(box: Box): void {
    const { role } = this.store.state;
    this.select(role, { ...selecting.NOBODY, box }, "spoken_box");
    this.advance(role);
  }

  paint(stroke: Stroke): void {
    const role = this.editable();
    if (!role) return this.note("note_choose_first");
    const selection = this.store.state.selections[role];
    if (selection.strokes.length >= selecting.MOST_STROKES) return this.note("note_most_strokes");
    this.edit(role, selecting.withStroke(selection, stroke));
  }

  /** Move the edge of the active region to `pixels` from where it was picked. */
  grow(pixels: number): void {
    const role = this.editable();
    if (!role) return;
    this.edit(role, { ...this.store.state.selections[role], grow: pixels, automatic: false });
  }

  /** While the slider is dragged: only drawn. */
  previewGrow(pixels: number): void {
    const role = this.editable();
    const from = role && shapeOf(this.store.state, role);
    if (!role || !from) return;
    const selection = this.store.state.selections[role];
    const grow = from.grow + pixels - edgeOf(from, selection);
    this.draft(role, { ...from, key: previewOf(selection) + pixels, grow });
  }

  removePoint({ role, index }: Point): void {
    const { selections, tool } = this.store.state;
    const left = selecting.withoutTap(selections[role], index);
    this.select(role, left, "spoken_point_deleted");
    // Of nobody nothing can be taken away.
    this.store.update({ role, tool: selecting.isEmpty(left) ? "pick" : tool });
  }

  /** A drag while taps refine: a box would choose somebody else instead. */
  refuseBox(): void {
    this.note("note_box_pick");
  }

  /** A chip: somebody we found. Whatever the tool was, it chooses. */
  take(offer: Offer, role: Role): void {
    this.select(role, { ...selecting.NOBODY, mask: offer.mask }, `spoken_${role}`);
    this.store.update({ role, tool: "pick" });
    this.advance(role);
  }

  matchBackground(): void {
    this.select("match", selecting.NOBODY, "spoken_background");
    this.store.update({ role: "match", tool: "pick" });
  }

  invert(): void {
    const role = this.store.state.touched;
    const selection = this.store.state.selections[role];
    this.select(role, { ...selection, inverted: !selection.inverted }, "spoken_swapped");
  }

  /** Nobody for the role that is shown as chosen, whoever was worked on last. */
  clear(): void {
    const { role, selections } = this.store.state;
    if (selecting.isEmpty(selections[role])) return;
    this.select(role, selecting.NOBODY, `spoken_cleared_${role}`);
    this.store.update({ tool: "pick" });
  }

  undo = (): void => this.travel("past", "spoken_undone");
  redo = (): void => this.travel("future", "spoken_redone");

  /** As if the last tap had not been. */
  revert(): void {
    this.undo();
    this.store.update({ future: [], note: null });
  }

  /** A mask of somebody's own that is sent for the role that is chosen. */
  async bring(send: (id: string, role: Role) => Promise<Photo & { swapped: boolean }>): Promise<void> {
    const { photo, role } = this.store.state;
    if (!photo) return;
    await this.idle();
    const before = this.moment();
    try {
      const brought = await send(photo.id, role);
      if (this.store.state.photo?.id !== photo.id) return;
      this.took(brought, before);
      this.store.update({ note: brought.swapped ? "note_mask_black" : "note_mask_white", touched: role });
      this.advance(role);
      if (role === "change") this.sync.ask("change"); // so that we find someone to match
    } catch (error) {
      if (this.store.state.photo?.id !== photo.id) return;
      this.store.update({ error: sentenceFor(error, this.say) });
    }
  }

  /** Refining goes to whom people worked on last, not to whom we found. */
  selectTool(tool: Tool): void {
    const { state } = this.store;
    const role = tool === "pick" ? state.role : (this.editable() ?? state.role);
    this.store.update({ tool, role, hover: null });
    if (tool === "pick") this.advance(role);
  }

  selectRole(role: Role): void {
    this.store.update({ role, tool: "pick", view: "select", touched: role });
  }

  /** The role whose region the tools change. */
  editable = (): Role | null => selecting.toolsRole(this.store.state);

  private choose(x: number, y: number, reach: number): void {
    const again = againAt(this.store.state, x, y, reach);
    if (again && !again.level) return this.note(again.note);
    const role = again?.role ?? this.store.state.role;
    this.select(role, selecting.tapped(x, y, again?.level ?? "person"), `spoken_${role}`);
    this.advance(role);
  }

  private refine(role: Role, x: number, y: number, adds: boolean): void {
    const selection = this.store.state.selections[role];
    const tap: Tap = [x, y, adds];
    if (selecting.isBrought(selection)) return this.note("note_mask_brush");
    if (selecting.paintedAt(selection, x, y) === !adds) return this.note("note_painted");
    if (selection.taps.length >= selecting.MOST_TAPS) return this.note("note_most_taps");
    if (selecting.isRefinable(selection)) {
      const refined = selecting.withTap(selection, tap, anchorOf(this.store.state, role));
      if (!refined) return void this.refineLater(role, tap, selection);
      this.select(role, refined, adds ? "spoken_added" : "spoken_removed");
    } else if (adds) {
      this.select(role, selecting.tapped(x, y, "person"), `spoken_${role}`);
    } else {
      this.note("note_choose_first");
    }
  }

  /** When the server has said where the person lies who was found. */
  private async refineLater(role: Role, [x, y, adds]: Tap, selection: Selection): Promise<void> {
    await this.sync.idle();
    const same = selecting.keyOf(this.store.state.selections[role]) === selecting.keyOf(selection);
    if (same && anchorOf(this.store.state, role)) this.refine(role, x, y, adds);
  }

  /** After the person to change comes whom to match, unless people chose them already. */
  private advance(role: Role): void {
    const { tool, selections, cutting } = this.store.state;
    if (cutting || tool !== "pick" || role !== "change" || selecting.isEmpty(selections.change)) return;
    this.store.update({ role: "match" });
  }

  private select(role: Role, selection: Selection, note: string): void {
    const moment = this.moment();
    const { state } = this.store;
    const selections = { ...state.selections, [role]: selection };
    // Whom we found to match goes with the person to change.
    if (selecting.isEmpty(selections.change) && selections.match.automatic) {
      selections.match = selecting.ANYBODY;
    }
    this.store.update({
      selections,
      ...stepped(state.past, moment),
      touched: role,
      hover: null,
      note,
      error: null,
    });
    this.draw(role, selection);
  }

  /** When everything is drawn, and the server knows it. */
  async idle(): Promise<void> {
    while (this.drawing.size) await Promise.all(this.drawing);
    await this.sync.idle();
  }

  private draw(role: Role, selection: Selection): void {
    const drawing = this.show(role, selection).finally(() => {
      this.drawing.delete(drawing);
      this.store.update({ drawing: this.drawing.size > 0 });
    });
    this.drawing.add(drawing);
    this.store.update({ drawing: true });
  }

  /** Draw what the decoder of this page says, then ask the server. */
  private async show(role: Role, selection: Selection): Promise<void> {
    const { photo } = this.store.state;
    if (!photo) return;
    const known = this.known.of(selection);
    if (known) this.draft(role, known);
    const decodable =
      !selecting.isEmpty(selection) && !selection.mask && !selecting.isElsewhere(selection);
    const decodes = this.picker.state === "ready" || this.picker.state === "server";
    if (!decodable || !decodes) return this.sync.ask(role);
    this.sync.expect(role);
    try {
      const answer = await this.picker.tap(selection);
      const { state } = this.store;
      if (state.photo?.id !== photo.id || state.selections[role] !== selection) return;
      const levels = { ...state.levels, [role]: answer.levels };
      const shown = { ...selection, level: answer.level };
      this.store.update({ levels, selections: { ...state.selections, [role]: shown } });
      const taps = selection.taps;
      const shape = shapeOfAnswer(selecting.keyOf(shown), answer, [photo.width, photo.height], taps);
      if (shape && !known) this.draft(role, { ...shape, grow: shown.grow, strokes: shown.strokes });
    } catch {
      // The server answers, or says why not.
    }
    if (this.store.state.photo?.id === photo.id) this.sync.ask(role);
  }

  /** Change a region by hand; drawn over what is there until the server's mask comes. */
  private edit(role: Role, selection: Selection): void {
    const { state } = this.store;
    const before = state.selections[role];
    const from = shapeOf(state, role);
    const key = selecting.keyOf(selection);
    const trail = stepped(state.past, this.moment());
    const selections = { ...state.selections, [role]: selection };
    this.store.update({ selections, ...trail, touched: role, note: null, error: null });
    if (from) {
      const added = selection.strokes.slice(before.strokes.length);
      const grow = from.grow + selection.grow - edgeOf(from, before);
      this.draft(role, { ...from, key, grow, strokes: [...from.strokes, ...added] });
    }
    this.sync.ask(role);
  }

  private travel(way: keyof Trail<Moment>, note: string): void {
    const { state } = this.store;
    const found = travelled(state, way, this.moment());
    if (!found) return;
    const { selections, role } = found.moment;
    const changed = ROLES.filter(
      (each) => !selecting.sameSelection(state.selections[each], selections[each]),
    );
    this.store.update({ ...found.trail, selections, role, hover: null, note, error: null });
    if (changed.length === 1) this.store.update({ touched: changed[0]! });
    for (const each of changed) this.draw(each, selections[each]);
  }

  private moment(): Moment {
    const { selections, role } = this.store.state;
    return { selections, role };
  }

  private took(photo: Photo, before: Moment): void {
    const { past } = this.store.state;
    const selections: Selections = selecting.selectionsOf(photo);
    this.store.update({ photo, selections, drafts: {}, ...stepped(past, before) });
  }

  private draft(role: Role, shape: Shape): void {
    this.store.update({ drafts: { ...this.store.state.drafts, [role]: shape } });
  }

  private note(note: string | null): void {
    this.store.update({ note });
  }
}
