import { button, element } from "./dom";
import type { Flow } from "./flow";
import type { State, Store, Tool } from "./state";
import type { Say } from "./texts";
import type { Role } from "./types";

/** Everything beside the photo: roles, tools, Harmonize, and what to do with the result. */
export function panelView(store: Store, flow: Flow, say: Say): HTMLElement {
  const selecting = element("div", { class: "iph-group" }, [
    roles(store, flow, say),
    tools(store, flow, say),
    harmonizeButton(store, flow, say),
  ]);
  const result = resultGroup(store, flow, say);
  const startOver = button("iph-plain", say("start_over"), () => flow.startOver());
  store.subscribe((state) => {
    selecting.hidden = state.view !== "select";
    result.hidden = state.view !== "result";
  });
  return element("aside", { class: "iph-panel" }, [selecting, result, startOver]);
}

function roles(store: Store, flow: Flow, say: Say): HTMLElement {
  const group = element("div", {
    class: "iph-roles",
    role: "group",
    "aria-label": say("roles_label"),
  });
  for (const role of ["change", "match"] as Role[]) {
    const status = element("small", {});
    const chip = element("button", { type: "button", class: `iph-role iph-${role}` }, [
      element("i", { "aria-hidden": "true" }),
      element("span", {}, [element("b", {}, [say(`role_${role}`)]), status]),
    ]);
    chip.addEventListener("click", () => flow.selectRole(role));
    group.append(chip);
    store.subscribe((state) => {
      status.textContent = say(statusKey(state, role));
      chip.setAttribute("aria-pressed", String(state.role === role));
    });
  }
  return group;
}

function statusKey({ photo }: State, role: Role): string {
  const region = photo?.regions[role];
  if (region) return region.automatic ? "role_automatic" : "role_chosen";
  if (role === "match" && photo?.regions.change) return "role_background";
  return `role_empty_${role}`;
}

function tools(store: Store, flow: Flow, say: Say): HTMLElement {
  const segments = element("div", {
    class: "iph-tools",
    role: "group",
    "aria-label": say("tools_label"),
  });
  const signs: Record<Tool, string> = { pick: "", add: "+ ", remove: "− " };
  for (const tool of ["pick", "add", "remove"] as Tool[]) {
    const segment = button("iph-segment", signs[tool] + say(`tool_${tool}`), () =>
      flow.selectTool(tool),
    );
    segment.title = say(`tool_${tool}_hint`);
    segments.append(segment);
    store.subscribe((state) => {
      const refinable = Boolean(state.photo?.regions[state.role]?.taps.length);
      segment.disabled = tool !== "pick" && !refinable;
      segment.setAttribute("aria-pressed", String(state.tool === tool));
    });
  }
  const undo = button("iph-quiet", say("undo"), () => flow.undo());
  undo.title = say("undo_hint");
  store.subscribe((state) => {
    undo.disabled = state.history.length === 0;
  });
  return element("div", { class: "iph-row" }, [segments, undo]);
}

function harmonizeButton(store: Store, flow: Flow, say: Say): HTMLElement {
  const harmonize = button("iph-primary", say("harmonize"), () => flow.harmonize());
  store.subscribe((state) => {
    const { change } = state.photo?.regions ?? {};
    harmonize.disabled = !change || state.busy !== null;
  });
  return harmonize;
}

function resultGroup(store: Store, flow: Flow, say: Say): HTMLElement {
  const words = element("b");
  const summary = element("p", { class: "iph-summary" }, [
    element("small", { class: "iph-hint" }, [say("summary_title")]),
    words,
  ]);
  const download = button("iph-primary", say("download"), () => flow.download());
  const size = element("small", { class: "iph-hint" });
  const back = button("iph-quiet", say("back"), flow.backToSelection);
  store.subscribe((state: State) => {
    const { photo } = state;
    words.textContent = photo?.result?.summary ?? "";
    size.textContent = photo ? say("download_size", { width: photo.width, height: photo.height }) : "";
    download.disabled = state.busy !== null;
  });
  return element("div", { class: "iph-group" }, [
    summary,
    strengthSlider(store, flow, say),
    download,
    size,
    back,
  ]);
}

function strengthSlider(store: Store, flow: Flow, say: Say): HTMLElement {
  const value = element("output", { for: "iph-strength" });
  const slider = element("input", {
    type: "range",
    id: "iph-strength",
    min: "0",
    max: "100",
    step: "1",
  });
  slider.addEventListener("input", () => flow.setStrength(slider.valueAsNumber / 100));
  store.subscribe((state) => {
    const percent = Math.round(state.strength * 100);
    slider.value = String(percent);
    value.textContent = `${percent} %`;
    slider.setAttribute("aria-valuetext", `${percent} %`);
  });
  return element("div", { class: "iph-strength" }, [
    element("label", { for: "iph-strength" }, [say("strength")]),
    value,
    slider,
  ]);
}
