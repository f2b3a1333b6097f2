import { isEnlarged } from "./camera";
import { button, element, setText } from "./dom";
import type { State, Store } from "./state";
import type { Say } from "./texts";
import { letDragsThrough } from "./through";

const SEEN = "iph-tips-seen";

/** When each tip is of use; the first that is and was not seen yet is shown, once. */
const TIPS: Array<[string, (state: State) => boolean]> = [
  ["tip_again", ({ selections, tool }) => tool === "pick" && selections.change.taps.length === 1],
  ["tip_points", ({ selections, role, tool }) => tool !== "brush" && selections[role].taps.length > 1],
  ["tip_brush", ({ tool }) => tool === "brush" && hasKeys()],
  ["tip_hold", ({ past, tool }) => tool === "pick" && past.length > 1 && !hasKeys()],
  ["tip_zoomed", ({ camera }) => isEnlarged(camera.zoom)],
];

/** While something is painted or drawn, nothing covers the photo. */
const isDrawing = ({ box, stroke }: State) => box !== null || stroke !== null;

const hasKeys = () => !window.matchMedia("(hover: none)").matches;

/** One short line at a time, each shown only once in this browser. */
export function tipLine(store: Store, say: Say): HTMLElement {
  const seen = new Set(read());
  const text = element("span");
  let current: string | null = null;
  const close = button("iph-plain", "×", () => {
    current = null;
    line.hidden = true;
  });
  close.setAttribute("aria-label", say("dismiss_tip"));
  const line = element("p", { class: "iph-tip" }, [text, close]);
  letDragsThrough(close);
  line.hidden = true;
  store.subscribe((state) => {
    const fits = ([, when]: (typeof TIPS)[number]) =>
      state.view === "select" && !isDrawing(state) && when(state);
    const known = TIPS.find(([key]) => key === current);
    if (!known || !fits(known)) {
      current = TIPS.find((tip) => !seen.has(tip[0]) && fits(tip))?.[0] ?? null;
      if (current) write(seen.add(current));
    }
    line.hidden = current === null;
    if (current) setText(text, say(current));
  });
  return line;
}

/** A browser may refuse to keep anything; then tips show again at the next visit. */
function read(): string[] {
  try {
    return (localStorage.getItem(SEEN) ?? "").split(" ");
  } catch {
    return [];
  }
}

function write(seen: Set<string>): void {
  try {
    localStorage.setItem(SEEN, [...seen].join(" ").trim());
  } catch {
    return;
  }
}
