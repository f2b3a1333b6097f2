import { keyOf } from "./selection";
import type { Shape } from "./shape";
import { shapeOfRegion } from "./shape";
import type { State, Store } from "./state";
import { ROLES } from "./types";
import type { Selection } from "./types";

const MOST = 60;

/** Outlines that the server drew in this photo, so that undo shows them at once. */
export class KnownShapes {
  private readonly shapes = new Map<string, Shape>();
  private photo: string | null = null;

  constructor(store: Store) {
    store.subscribe((state) => this.remember(state));
  }

  of(selection: Selection): Shape | undefined {
    return this.shapes.get(keyOf(selection));
  }

  private remember({ photo }: State): void {
    if (photo?.id !== this.photo) this.shapes.clear();
    this.photo = photo?.id ?? null;
    for (const role of ROLES) {
      const region = photo?.regions[role];
      if (!region || this.of(region.selection)) continue;
      const shape = { ...shapeOfRegion(region), mask: null };
      this.shapes.set(shape.key, shape);
      if (this.shapes.size > MOST) this.shapes.delete(this.shapes.keys().next().value!);
    }
  }
}
