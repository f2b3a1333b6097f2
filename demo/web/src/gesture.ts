const ROW = 1000; // milliseconds that changes in a row are apart at most

/** Which changes make one step for undo: those while a pointer is held, and those in a row. */
export class Gesture {
  /** What moves; null = whatever comes next is another step. */
  private source: unknown = null;
  private isHeld = false;
  private last = 0;

  hold(): void {
    this.source = null;
    this.isHeld = true;
  }

  letGo(): void {
    this.isHeld = false;
  }

  end(): void {
    this.source = null;
  }

  /** Whether a change belongs to the step under way. null = a step of its own. */
  goesOn(source: unknown, time: number): boolean {
    const isSame = source !== null && source === this.source;
    const goesOn = isSame && (this.isHeld || time - this.last <= ROW);
    this.source = source;
    this.last = time;
    return goesOn;
  }

  /** Hold while a pointer holds a slider. */
  follow(input: HTMLInputElement): void {
    input.addEventListener("pointerdown", () => this.hold());
    for (const kind of ["pointerup", "pointercancel", "change"]) {
      input.addEventListener(kind, () => this.letGo());
    }
  }
}
