import { element } from "../dom";
import { disable, onPress, replaceIn } from "../focus";
import { server } from "../server";
import type { State, Store } from "../state";
import type { Say } from "../texts";
import type { ResultActions } from "./actions";
import { chosenKey } from "./following";
import type { Look } from "./types";

const MOST = 4; // demo/results.py MOST_LOOKS

/** The result for each reference side by side, so that people choose by eye. */
export function lookCards(store: Store, actions: ResultActions, say: Say): HTMLElement {
  const row = element("div", { class: "iph-looks", role: "group", "aria-label": say("looks_title") });
  const title = element("p", { class: "iph-chips-title", "aria-hidden": "true" }, [
    say("looks_title"),
  ]);
  const group = element("div", {}, [title, row]);
  let looks: Look[] | null = null;
  let shown = "";
  const show = (state: State) => {
    const { photo } = state;
    if (state.view !== "result" || !photo) return;
    // Until the looks are here, their places are, with whom they match.
    const keys = looks?.map(({ key }) => key) ?? [
      ...photo.offers.slice(0, MOST).map(({ mask }) => mask),
      "background",
    ];
    const pictures = new Map(looks?.map(({ key, picture }) => [key, picture]));
    const now = JSON.stringify([photo.id, keys, [...pictures]]);
    if (now !== shown) {
      shown = now;
      replaceIn(row, "key", keys.map((key) => card(key, keys, pictures.get(key), state)));
    }
    row.classList.toggle("iph-made", looks !== null);
    row.setAttribute("aria-busy", String(actions.isFetching));
    for (const made of row.querySelectorAll<HTMLButtonElement>("button")) {
      made.setAttribute("aria-pressed", String(made.dataset.key === chosenKey(state)));
      disable(made, state.busy !== null);
    }
  };

  function card(key: string, keys: string[], picture: string | undefined, state: State) {
    const people = keys.filter(isPerson);
    const place = { place: people.indexOf(key) + 1, count: people.length };
    const kind = isPerson(key) ? "person" : key;
    const whom = whomOf(key, looks, state);
    const made = element("button", { type: "button", class: "iph-look", "data-key": key }, [
      element("span", { class: "iph-look-picture" }, [
        ...(picture ? [element("img", { src: server.address(picture), alt: "" })] : []),
        ...(whom ? [element("img", { class: "iph-whom", src: server.address(whom), alt: "" })] : []),
      ]),
      element("span", {}, [say(`look_${kind}`)]),
    ]);
    made.setAttribute("aria-label", say(`look_${kind}_label`, place));
    onPress(made, () => {
      if (chosenKey(store.state) !== key) actions.match(key);
    });
    return made;
  }

  actions.onLooks((found) => {
    looks = found;
    show(store.state);
  });
  store.subscribe(show);
  return group;
}

/** Whether a key of the looks is somebody we found in the photo. */
export const isPerson = (key: string): boolean => !["background", "own", "other"].includes(key);

/** The address of a picture of whom a look matches. */
export function whomOf(key: string, looks: Look[] | null, { photo }: State): string | undefined {
  const lent = looks?.find((look) => look.key === key)?.whom;
  return lent ?? photo?.offers.find(({ mask }) => mask === key)?.thumbnail;
}
