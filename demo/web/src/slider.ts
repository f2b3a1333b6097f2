import { element, setText } from "./dom";

/** A slider under its name, with what it stands at beside the name. */
export interface Slider {
  row: HTMLElement;
  input: HTMLInputElement;
  /** Say what it stands at, to those who look and to those who listen. */
  tell(shown: string, spoken?: string): void;
}

/** middle: the value at which it does nothing, where that is not its least. */
export function slider(
  id: string,
  label: string,
  min: number,
  max: number,
  step: number,
  middle = min,
): Slider {
  // The input says the same: read aloud twice, it would be in the way.
  const value = element("output", { for: id, "aria-live": "off" });
  const input = element("input", {
    type: "range",
    id,
    min: String(min),
    max: String(max),
    step: String(step),
  });
  const row = element("div", { class: "iph-slider" }, [
    element("label", { for: id }, [label]),
    value,
    input,
  ]);
  const tell = (shown: string, spoken = shown) => {
    setText(value, shown);
    input.setAttribute("aria-valuetext", spoken);
    fill(input, middle);
  };
  return { row, input, tell };
}

/** Color a slider from the value at which it does nothing to where it stands. */
export function fill(input: HTMLInputElement, middle: number): void {
  const [min, max] = [Number(input.min), Number(input.max)];
  const shares = [middle, Number(input.value)].map((value) => (value - min) / (max - min));
  input.style.setProperty("--low", String(Math.min(...shares)));
  input.style.setProperty("--high", String(Math.max(...shares)));
}
