import { backToPlacing, composerOf, cutPanel } from "./compose";
import { chips } from "./chips";
import { button, element, setText } from "./dom";
import { editGroup } from "./edits";
import { lendPanel } from "./lending";
import type { Flow } from "./flow";
import { disable } from "./focus";
import { resultView } from "./result";
import { isBrought, isElsewhere, isEmpty } from "./selection";
import type { State, Store } from "./state";
import type { Say } from "./texts";
import { toolRows } from "./tools";
import { ROLES } from "./types";
import type { Role } from "./types";

/** Everything beside the photo: roles, chips, tools, Harmonize, and what to do with the result. */
export function panelView(store: Store, flow: Flow, say: Say): HTMLElement {
  const selecting = element("div", { class: "iph-group" }, [
    roles(store, flow, say),
    chips(store, flow, say),
    toolRows(store, flow, say),
    editGroup(store, flow, say),
    harmonizeButton(store, flow, say),
    cutPanel(store, flow, say),
    lendPanel(store, flow, say),
  ]);
  const result = resultView(store, flow, say);
  const startOver = button("iph-plain", say("start_over"), () => flow.startOver());
  store.subscribe((state) => {
    selecting.hidden = state.view !== "select";
    result.hidden = state.view !== "result";
    startOver.hidden = state.lendsTo !== null;
  });
  return element("aside", { class: "iph-panel" }, [selecting, result, backToPlacing(store, flow, say), startOver]);
}

function roles(store: Store, flow: Flow, say: Say): HTMLElement {
  const group = element("div", {
    class: "iph-roles",
    role: "group",
    "aria-label": say("roles_label"),
  });
  for (const role of ROLES) {
    const status = element("small", {});
    const chip = element("button", { type: "button", class: `iph-role iph-${role}` }, [
      element("i", { "aria-hidden": "true" }),
      element("span", {}, [element("b", {}, [say(`role_${role}`)]), status]),
    ]);
    chip.addEventListener("click", () => flow.picking.selectRole(role));
    group.append(chip);
    const composer = composerOf(store, flow, say);
    store.subscribe((state) => {
      const placed = role === "change" && composer.canGoBackToPlacing && isBrought(state.selections.change);
      setText(status, say(placed ? "role_placed" : statusKey(state, role)));
      chip.setAttribute("aria-pressed", String(state.role === role));
    });
  }
  return group;
}

function statusKey({ photo, selections, outlining }: State, role: Role): string {
  const selection = selections[role];
  if (!isEmpty(selection)) {
    if (selection.automatic) return "role_automatic";
    if (isElsewhere(selection)) return "role_other";
    if (isBrought(selection)) return "role_mask";
    return selection.taps.length ? `role_${selection.level}` : "role_chosen";
  }
  if (role === "match" && !isEmpty(selections.change)) {
    const looking = selection.automatic && (outlining || !photo?.regions.change);
    return looking ? "role_looking" : "role_background";
  }
  return `role_empty_${role}`;
}

function harmonizeButton(store: Store, flow: Flow, say: Say): HTMLElement {
  const harmonize = button("iph-primary iph-go", say("harmonize"), () => flow.harmonize());
  store.subscribe((state) => {
    disable(harmonize, isEmpty(state.selections.change) || state.busy !== null);
  });
  return harmonize;
}
