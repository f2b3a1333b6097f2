import type { Picker } from "./decoder";
import type { Picking } from "./picking";
import { shapeOfAnswer } from "./shape";
import type { Store } from "./state";

const PAUSE = 250; // milliseconds between two questions to a server that decodes

/** What a tap would take lights up under the mouse: the newest place wins, leaving clears it. */
export class Hovering {
  private wanted: { x: number; y: number; shift: boolean } | null = null;
  private running = false;
  private visit = 0;

  constructor(
    private readonly store: Store,
    private readonly picker: Picker,
    private readonly picking: Picking,
  ) {}

  /** The pointer is at x, y in pixels of the photo. */
  move(x: number, y: number, shift: boolean): void {
    this.wanted = { x, y, shift };
    if (!this.running) void this.run();
  }

  leave(): void {
    this.visit++;
    this.wanted = null;
    if (this.store.state.hover) this.store.update({ hover: null });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.wanted) {
      const { x, y, shift } = this.wanted;
      this.wanted = null;
      await this.show(x, y, shift);
      if (this.picker.state === "server") await after(PAUSE);
    }
    this.running = false;
  }

  private async show(x: number, y: number, shift: boolean): Promise<void> {
    const { visit } = this;
    const { photo, selections } = this.store.state;
    const decodes = this.picker.state === "ready" || this.picker.state === "server";
    const meant = decodes ? this.picking.intention(x, y, shift) : null;
    if (!photo || !meant) {
      if (this.store.state.hover) this.store.update({ hover: null });
      return;
    }
    const { prompts, role, refines } = meant;
    const answer = await this.picker.hover(prompts);
    const { state } = this.store;
    if (!answer || visit !== this.visit) return;
    if (state.photo?.id !== photo.id || state.selections !== selections) return;
    const size: [number, number] = [photo.width, photo.height];
    const shape = shapeOfAnswer("hover", answer, size, prompts.taps);
    this.store.update({ hover: shape && { shape, role, refines } });
  }
}

const after = (wait: number) => new Promise<void>((resolve) => setTimeout(resolve, wait));
