import { element, setText } from "./dom";

/** A slider under its name, with what it stands at beside the name. */
export interface Slider {
  row: HTMLElement;
  input: HTMLInputElement;
  /** Say what it stands at, to those who look and to those who listen. */
  tell(shown: string, spoken?: string): void;
}

export function slider(id: string, label: string, min: number, max: number, step: number): Slider {
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
  };
  return { row, input, tell };
}
