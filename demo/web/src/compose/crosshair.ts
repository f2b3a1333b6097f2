import { element } from "../dom";
import { ARROWS, STEP } from "../keys";
import type { Composer } from "./composer";
import type { Point } from "./transform";

/** Who stands in front, chosen without a pointer: arrows move a crosshair, Enter taps there. */
export class Crosshair {
  readonly element = element("span", { class: "iph-crosshair", "aria-hidden": "true" });
  /** In pixels of the scene; null while it is not shown. */
  private at: Point | null = null;

  constructor(
    private readonly stage: HTMLElement,
    private readonly composer: Composer,
  ) {
    stage.addEventListener("focus", () => stage.matches(":focus-visible") && this.place(this.point));
    stage.addEventListener("blur", () => this.hide());
    stage.addEventListener("pointerdown", () => this.hide());
    composer.subscribe(() => composer.choosesBehind || this.hide());
  }

  /** Where it is, or would be. */
  get point(): Point {
    const { width, height } = this.composer.composition!.scene!;
    return this.at ?? [width / 2, height / 2];
  }

  /** What a key does; false where it does nothing. */
  press(key: string, fine: boolean): boolean {
    const arrow = ARROWS[key];
    if (arrow) this.move(arrow, fine ? 1 : STEP);
    else if (key === "Enter" || key === " ") this.composer.tapBehind(...this.point);
    else if (key === "Escape") this.composer.chooseBehind(false);
    else return false;
    return true;
  }

  private move([x, y]: Point, step: number): void {
    const pixels = this.composer.composition!.scene!.width / this.stage.clientWidth;
    const [left, top] = this.point;
    this.place([left + x * step * pixels, top + y * step * pixels]);
  }

  private place([x, y]: Point): void {
    const { choosesBehind, composition } = this.composer;
    if (!choosesBehind || !composition?.scene) return;
    const { width, height } = composition.scene;
    const inside = (place: number, end: number) => Math.min(end - 1, Math.max(0, place));
    this.at = [inside(x, width), inside(y, height)];
    this.element.style.left = `${(100 * this.at[0]) / width}%`;
    this.element.style.top = `${(100 * this.at[1]) / height}%`;
    this.element.hidden = false;
  }

  private hide(): void {
    this.at = null;
    this.element.hidden = true;
  }
}
