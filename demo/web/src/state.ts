import type { Photo, Role, Tap } from "./types";

export type Tool = "pick" | "add" | "remove";

/** A choice as it was before a tap, for undo. */
export interface Snapshot {
  role: Role;
  taps: Tap[];
  automatic: boolean;
}

export interface State {
  photo: Photo | null;
  view: "select" | "result";
  /** Whom the next tap chooses, and how. */
  role: Role;
  tool: Tool;
  history: Snapshot[];
  /** 0 to 1: share of the change that is shown, and share of the width that shows "before". */
  strength: number;
  divider: number;
  warmingUp: boolean;
  /** Key of the text that names the running step. */
  busy: string | null;
  error: string | null;
}

const START: State = {
  photo: null,
  view: "select",
  role: "change",
  tool: "pick",
  history: [],
  strength: 1,
  divider: 0.5,
  warmingUp: false,
  busy: null,
  error: null,
};

/** What the page shows follows from this alone. */
export class Store {
  private current: State = START;
  private readonly listeners: Array<(state: State) => void> = [];

  get state(): State {
    return this.current;
  }

  update(change: Partial<State>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener(this.current);
  }

  /** A new photo, or none: nothing of the one before stays. */
  restart(photo: Photo | null): void {
    const { warmingUp } = this.current;
    const view = photo?.result ? "result" : "select";
    const role = photo?.regions.change ? "match" : "change";
    this.update({ ...START, warmingUp, photo, view, role });
  }

  subscribe(listener: (state: State) => void): void {
    this.listeners.push(listener);
    listener(this.current);
  }
}
