import { composerOf, composeWay, PLACE } from "./compose";
import { button, element, setText } from "./dom";
import { ACCEPTED } from "./files";
import type { Flow } from "./flow";
import { busyText } from "./line";
import { AT_START, isAtStart } from "./state";
import type { State, Store } from "./state";
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
  const cancel = button("iph-quiet iph-cancel", say("compose_cancel"), composer.stopOpening);
  const comeBack = button("iph-quiet", say("start_return"), composer.comeBack);
  const drop = element("div", { class: "iph-drop" }, [
    element("p", { class: "iph-lead" }, [say("step_start")]),
    input,
    choose,
    element("p", { class: "iph-hint iph-drop-hint" }, [say("drop_hint")]),
    element("p", { class: "iph-hint" }, [say("formats_hint", { megabytes: setup.megabytes })]),
    status,
    cancel,
    comeBack,
  ]);
  listenToDrops(drop, store, (files) => composer.bring(files, null));
  const view = element("section", { class: "iph-start" }, [drop, composeWay(store, flow, say), examples(setup, flow, say)]);
  composer.subscribe(() => {
    cancel.hidden = !composer.isOpening;
    comeBack.hidden = store.state.view !== AT_START;
  });
  store.subscribe((state) => {
    view.classList.toggle("iph-busy", state.busy !== null);
    const doing = state.busy !== null ? busyText(state, say) : state.warmingUp ? say("busy_models") : "";
    setText(status, doing);
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

/**
 * Files may be dropped anywhere on the page, which the box shows. A browser would open a file that
 * nobody takes, in place of the page: where a photo is open, a sentence says how to open another.
 */
function listenToDrops(drop: HTMLElement, store: Store, bring: (files: File[]) => void): void {
  const over = (is: boolean) => drop.classList.toggle("iph-over", is);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  document.addEventListener("drop", (event) => {
    const taken = event.defaultPrevented; // by a card that waits for a photo
    event.preventDefault();
    over(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (taken || !files.length) return;
    if (store.state.photo && !isAtStart(store.state)) store.update({ note: dropNote(store.state) });
    else bring(files);
  });
}

/** How to open another photo from here. */
export function dropNote({ view, lendsTo }: State): string {
  if (view === PLACE) return "note_drop_place";
  return lendsTo ? "note_drop_lend" : "note_drop";
}
