import { composerOf, composeWay } from "./compose";
import { element } from "./dom";
import { ACCEPTED } from "./files";
import type { Flow } from "./flow";
import { busyText } from "./line";
import type { Store } from "./state";
import type { Say } from "./texts";
import type { Setup } from "./types";

/** The first thing people see: choose a photo, drop one, or take an example. */
export function startView(setup: Setup, store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const input = element("input", { type: "file", accept: ACCEPTED, id: "iph-file" });
  input.multiple = true;
  input.addEventListener("change", () => {
    if (input.files?.length) composer.bring([...input.files], null);
    input.value = "";
  });
  const choose = element("label", { class: "iph-button iph-primary", for: "iph-file" }, [
    say("choose_photo"),
  ]);
  const status = element("p", { class: "iph-status", role: "status" });
  const drop = element("div", { class: "iph-drop" }, [
    element("p", { class: "iph-lead" }, [say("step_start")]),
    input,
    choose,
    element("p", { class: "iph-hint iph-drop-hint" }, [say("drop_hint")]),
    element("p", { class: "iph-hint" }, [say("formats_hint", { megabytes: setup.megabytes })]),
    status,
  ]);
  listenToDrops(drop, (files) => composer.bring(files, null));
  const view = element("section", { class: "iph-start" }, [drop, composeWay(store, flow, say), examples(setup, flow, say)]);
  store.subscribe((state) => {
    view.classList.toggle("iph-busy", state.busy !== null);
    const doing = state.busy !== null ? busyText(state, say) : state.warmingUp ? say("busy_models") : "";
    status.textContent = doing;
    status.hidden = !doing;
  });
  return view;
}

function examples(setup: Setup, flow: Flow, say: Say): HTMLElement {
  const list = element("div", { class: "iph-examples" });
  for (const example of setup.examples) {
    const source = new URL(example.thumbnail, document.baseURI).href;
    const title = say(`example_${example.name}`);
    const card = element(
      "button",
      {
        type: "button",
        class: "iph-example",
        "aria-label": say("example_label", { title }),
      },
      [element("img", { src: source, alt: "" }), element("span", {}, [title])],
    );
    card.addEventListener("click", () => flow.openExample(example.name));
    list.append(card);
  }
  return element("div", {}, [element("h2", {}, [say("examples_title")]), list]);
}

function listenToDrops(drop: HTMLElement, bring: (files: File[]) => void): void {
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("iph-over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("iph-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("iph-over");
    bring([...(event.dataTransfer?.files ?? [])]);
  });
}
