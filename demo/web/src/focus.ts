/** Keys and screen readers go on from where people are, also when that goes away or has to wait. */

import type { Store } from "./state";

/** Who takes the focus over: the first of these that is shown. */
const HEIRS = [".iph-summary", ".iph-stage", ".iph-compose-step", ".iph-lead"];

/** Hand the focus on when what has it goes or is out of use; call it once all views are there. */
export function keepFocus(root: HTMLElement, store: Store): void {
  // A browser may have taken the focus off what is hidden before we look.
  let last: Element | null = null;
  let byKeys = false;
  root.addEventListener("focusin", ({ target }) => {
    last = target as Element;
    byKeys = last.matches(":focus-visible");
    // What is seen in part counts as seen for browsers.
    if (byKeys) last.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  store.subscribe(() => {
    const { activeElement, body } = document;
    const isElsewhere = activeElement !== body && activeElement !== last;
    if (!last || isElsewhere || !isLost(last)) return;
    const shown = HEIRS.flatMap((heir) => [...root.querySelectorAll<HTMLElement>(heir)]);
    const heir = shown.find((each) => !isLost(each));
    // Who uses a pointer keeps the page where they scrolled it to.
    if (heir) focusOn(heir, !byKeys);
  });
}

const isLost = (made: Element): boolean =>
  !made.isConnected || made.closest("[hidden]") !== null || made.matches(":disabled");

/** Focus what people read, too; nothing but this takes them there. */
export function focusOn(made: HTMLElement, preventScroll = false): void {
  if (made.tabIndex < 0) made.tabIndex = -1;
  made.focus({ preventScroll });
}

/** Take a button out of use, or back. One that has the focus keeps it, and lets presses pass by. */
export function disable(made: HTMLButtonElement, isDisabled: boolean): void {
  const isPressed = isDisabled && made === document.activeElement;
  made.disabled = isDisabled && !isPressed;
  made.setAttribute("aria-disabled", String(isPressed));
}

/** Do something at each press, but not while the button is out of use. */
export function onPress(made: HTMLButtonElement, react: () => void): void {
  made.addEventListener("click", () => {
    if (made.getAttribute("aria-disabled") !== "true") react();
  });
}

/** Replace what is in a row; the one that has the same `data-` name keeps the focus. */
export function replaceIn(row: HTMLElement, name: "mask" | "key", made: HTMLElement[]): void {
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  row.replaceChildren(...made);
  if (!(focused instanceof HTMLElement)) return;
  const value = focused.dataset[name];
  const again = value ? made.find((each) => each.dataset[name] === value) : focused;
  again?.focus();
}
