import { toStage } from "./camera";
import { element, setText } from "./dom";
import type { Shape } from "./shape";
import type { State, Store } from "./state";
import { shapeOf } from "./state";
import type { Say } from "./texts";
import type { Role } from "./types";

const MARGIN = 6; // CSS pixels that a name keeps from the photo's sides
const GAP = 3; // and from another name

/** The role's name, and which level is shown, at the top of its person. */
export function nameTag(role: Role, store: Store, say: Say): HTMLElement {
  return tag(role, "", store, (state) => shapeOf(state, role), (state) => {
    const { taps, level } = state.selections[role];
    const name = say(`tag_${role}`);
    return taps.length ? say("tag_with_level", { name, level: say(`level_${level}`) }) : name;
  });
}

/** Whom a tap would choose, while the mouse is over them. */
export function hoverTag(role: Role, store: Store, say: Say): HTMLElement {
  const hovered = ({ hover }: State) => (hover?.role === role ? hover.shape : null);
  return tag(role, "iph-hovered", store, hovered, ({ hover }) =>
    say(hover?.refines ? `tag_${role}` : `hover_${role}`),
  );
}

function tag(
  role: Role,
  style: string,
  store: Store,
  shape: (state: State) => Shape | null,
  words: (state: State) => string,
): HTMLElement {
  const name = element("span");
  const made = element("span", { class: `iph-tag iph-${role} ${style}`, "aria-hidden": "true" }, [
    element("i"),
    name,
  ]);
  store.subscribe((state) => {
    const { photo, camera } = state;
    const shown = photo && state.view === "select" ? shape(state) : null;
    made.hidden = !shown;
    if (!photo || !shown) return;
    setText(name, words(state));
    const [x0, y0, x1] = shown.box;
    const [left, top] = toStage(camera, (x0 + x1) / 2 / photo.width, y0 / photo.height);
    made.hidden = left < 0 || left > 1 || top > 1;
    const half = made.offsetWidth / 2 + MARGIN;
    made.style.left = `clamp(${half}px, ${100 * left}%, calc(100% - ${half}px))`;
    made.style.top = `max(var(--iph-names), ${100 * top}%)`;
  });
  return made;
}

/** Names that would lie over each other: the later ones go below the earlier. */
export function keepApart(tags: HTMLElement[], store: Store): void {
  store.subscribe(() => {
    const placed: DOMRect[] = [];
    for (const tag of tags) {
      tag.style.marginTop = "0";
      if (tag.hidden) continue;
      const box = tag.getBoundingClientRect();
      const covered = placed.filter((other) => overlap(box, other)).map(({ bottom }) => bottom);
      if (covered.length) tag.style.marginTop = `${Math.max(...covered) + GAP - box.top}px`;
      placed.push(tag.getBoundingClientRect());
    }
  });
}

const overlap = (one: DOMRect, other: DOMRect): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

export function sideTag(side: "before" | "after", store: Store, say: Say): HTMLElement {
  const made = element("span", { class: `iph-tag iph-${side}` }, [say(side)]);
  store.subscribe(({ view, divider, holding }) => {
    const before = holding ? 1 : divider;
    const room = side === "before" ? before : 1 - before;
    made.hidden = view !== "result" || room < 0.16;
  });
  return made;
}
