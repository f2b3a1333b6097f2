import { button, element, setText } from "./dom";
import type { Flow } from "./flow";
import { replaceIn } from "./focus";
import { anotherPhoto, lentChip } from "./lending";
import { isEmpty } from "./selection";
import type { Store } from "./state";
import type { Say } from "./texts";
import type { Offer, Role } from "./types";
import { server } from "./server";

/** Whom we found for a role, to be taken with one tap; nothing is decided by it alone. */
export function chips(store: Store, flow: Flow, say: Say): HTMLElement {
  const offered = offeredRole(store);
  const title = element("p", { class: "iph-chips-title", id: "iph-chips" });
  const row = element("div", { class: "iph-chips", role: "group", "aria-labelledby": "iph-chips" });
  const background = button("iph-chip iph-chip-words", say("chip_background"), () =>
    flow.picking.matchBackground(),
  );
  const other = lentChip(store, flow, say, offered);
  const another = anotherPhoto(store, flow, say, offered);
  const head = element("div", { class: "iph-offers-head" }, [title, ...another]);
  const group = element("div", { class: "iph-offers" }, [head, row]);
  let shown: string | null = null;
  let inSight: HTMLElement | null = null;
  store.subscribe((state) => {
    const { photo, selections, lendsTo } = state;
    const role = offered();
    const people = role === "change" || lendsTo !== null;
    const offers = (people ? photo?.people : photo?.offers) ?? [];
    const matching = role === "match" && !isEmpty(selections.change);
    group.hidden = !(matching || (people && offers.length));
    group.dataset.role = role;
    setText(title, say(state.cutting ? "chips_cut" : `chips_${role}`));
    const names = `${role} ${offers.map(({ mask }) => mask).join(" ")}`;
    if (names !== shown) {
      shown = names;
      const made = offers.map((offer, place) => chip(offer, place, offers.length, role, flow, say));
      replaceIn(row, "mask", [...made, other, background]);
    }
    background.hidden = !matching;
    background.setAttribute(
      "aria-pressed",
      String(isEmpty(selections.match) && !selections.match.automatic),
    );
    for (const made of row.querySelectorAll<HTMLElement>("[data-mask]")) {
      const pressed = selections[role].mask === made.dataset.mask;
      made.setAttribute("aria-pressed", String(pressed));
    }
    const chosen = row.querySelector<HTMLElement>("[aria-pressed=true]");
    if (chosen !== inSight) showIn(row, (inSight = chosen));
  });
  return group;
}

/** For which role: while people refine, as it was, so that the tools below keep their place. */
function offeredRole(store: Store): () => Role {
  let offered = store.state.role;
  store.subscribe(({ tool, role, selections }) => {
    if (tool === "pick" || isEmpty(selections.change)) offered = role;
  });
  return () => offered;
}

/** Scroll a row sideways to one of its chips; the page stays where it is. */
function showIn(row: HTMLElement, chip: HTMLElement | null): void {
  if (!chip || row.scrollWidth <= row.clientWidth) return;
  const middle = chip.offsetLeft - row.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
  row.scrollTo({ left: middle, behavior: "smooth" });
}

function chip(
  offer: Offer,
  place: number,
  count: number,
  role: Role,
  flow: Flow,
  say: Say,
): HTMLElement {
  const made = element("button", {
    type: "button",
    class: "iph-chip",
    "data-mask": offer.mask,
    "aria-label": say(`chip_${role}`, { place: place + 1, count }),
  });
  made.append(element("img", { src: server.address(offer.thumbnail), alt: "" }));
  made.addEventListener("click", () => flow.picking.take(offer, role));
  return made;
}
