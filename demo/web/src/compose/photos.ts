import { button, element, setText } from "../dom";
import { ACCEPTED } from "../files";
import type { Flow } from "../flow";
import { busyText } from "../line";
import { server } from "../server";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Composer } from "./composer";
import { composerOf, PHOTOS } from "./composer";
import type { Part } from "./types";

/** The second way in, on the start page. */
export function composeWay(store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const begin = button("iph-quiet", say("compose_way"), () => composer.begin());
  return element("div", { class: "iph-compose-way" }, [
    begin,
    element("p", { class: "iph-hint" }, [say("compose_way_hint")]),
  ]);
}

/** Choose the scene and the photo with the person, in either order or both at once. */
export function photosView(store: Store, flow: Flow, say: Say): HTMLElement {
  const composer = composerOf(store, flow, say);
  const cards = element("div", { class: "iph-compose-photos" }, [
    card("scene", composer, say),
    card("person", composer, say),
  ]);
  const both = chooser("iph-both-file", say("compose_choose_both"), true, (files) =>
    composer.bring(files, null),
  );
  const itself = button("iph-plain", say("compose_itself"), composer.useAsPhoto);
  const next = button("iph-primary", say("compose_next"), composer.goOn);
  const cancel = button("iph-plain iph-cancel", say("compose_cancel"), () =>
    composer.isOpening ? composer.stopOpening() : composer.giveUp(),
  );
  const line = element("p", { class: "iph-compose-step", role: "status" });
  const view = element("section", { class: "iph-compose-start" }, [
    line,
    cards,
    element("div", { class: "iph-row" }, [next, element("span", {}, both), itself, cancel]),
  ]);
  const update = () => {
    const { busy } = store.state;
    if (store.state.view !== PHOTOS) return;
    view.classList.toggle("iph-busy", busy !== null);
    line.classList.toggle("iph-waiting", busy !== null);
    const { person, scene } = composer.composition ?? { person: null, scene: null };
    itself.hidden = !person || scene !== null;
    next.hidden = !person || !scene;
    setText(line, busy ? `${busyText(store.state, say)} …` : say("step_photos"));
  };
  composer.subscribe(update);
  return view;
}

function card(part: Part, composer: Composer, say: Say): HTMLElement {
  const picture = element("img", { alt: "" });
  const choose = chooser(`iph-${part}-file`, say("compose_choose"), true, (files) =>
    composer.bring(files, files.length > 1 ? null : part),
  );
  const [input, label] = choose;
  const [title, text] = [`iph-${part}-title`, `iph-${part}-choose`];
  label.id = text;
  input.setAttribute("aria-labelledby", `${title} ${text}`);
  const made = element("div", { class: `iph-compose-card iph-${part}` }, [
    element("h2", { id: title }, [say(`compose_${part}`)]),
    element("p", { class: "iph-hint" }, [say(`compose_${part}_hint`)]),
    picture,
    ...choose,
  ]);
  composer.subscribe(() => {
    const photo = composer.composition?.[part] ?? null;
    picture.hidden = !photo;
    setText(label, say(photo ? "compose_change" : "compose_choose"));
    const source = photo ? server.address(photo.preview) : "";
    if (photo && picture.src !== source) picture.src = source;
  });
  made.addEventListener("dragover", (event) => event.preventDefault());
  made.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    composer.bring(files, files.length > 1 ? null : part);
  });
  return made;
}

/** A file input and the label that looks like a button. */
function chooser(
  id: string,
  text: string,
  multiple: boolean,
  onFiles: (files: File[]) => void,
): [HTMLInputElement, HTMLLabelElement] {
  const input = element("input", { type: "file", accept: ACCEPTED, id, class: "iph-file" });
  input.multiple = multiple;
  input.addEventListener("change", () => {
    if (input.files?.length) onFiles([...input.files]);
    input.value = "";
  });
  return [input, element("label", { class: "iph-button iph-quiet", for: id }, [text])];
}
