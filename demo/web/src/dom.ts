import { onPress } from "./focus";

/** An element with attributes and children; texts become text nodes, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  children: Array<Node | string> = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(style: string, label: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: `iph-button ${style}` }, [label]);
  onPress(made, onClick);
  return made;
}

/** Set a text only where it changed: what did not change is not read aloud again. */
export function setText(made: HTMLElement, text: string): void {
  if (made.textContent !== text) made.textContent = text;
}
