import { Refusal } from "../ask";
import { button, element, setText } from "../dom";
import type { Flow } from "../flow";
import { disable, focusOn } from "../focus";
import { createShare, listShares, localAddress, removeShare } from "../share";
import type { Share } from "../share";
import type { Store } from "../state";
import type { Say } from "../texts";
import { forgetOwn, keepOwn, withOwn } from "./own_shares";
import type { Listed } from "./own_shares";

const DAY = 24 * 60 * 60 * 1000;
const LONGEST_CAPTION = 140; // demo/shares/page.py MAX_CAPTION

/** Nothing is public before the second press; what is public stands in the list, to be deleted. */
export function sharePanel(store: Store, flow: Flow, say: Say): [HTMLButtonElement, HTMLElement] {
  const list = element("ul", { class: "iph-shares", "aria-label": say("share_list") });
  const caption = element("input", {
    type: "text",
    id: "iph-caption",
    maxlength: String(LONGEST_CAPTION),
    autocomplete: "off",
  });
  const make = button("iph-primary", say("share_make"), () => share());
  const until = dayOf(Date.now() + flow.setup.share_days * DAY);
  const region = element("div", { class: "iph-share", role: "group", id: "iph-share" }, [
    element("p", { class: "iph-hint" }, [say("share_what", { until })]),
    element("label", { for: "iph-caption" }, [say("share_caption")]),
    caption,
    make,
    list,
  ]);
  region.hidden = true;
  const isOpen = () => !region.hidden;
  region.setAttribute("aria-label", say("share"));
  const open = button("iph-quiet", say("share"), () => {
    region.hidden = !region.hidden;
    open.setAttribute("aria-expanded", String(!region.hidden));
    if (region.hidden) return;
    void listShares(isOpen).then(show, () => show([]));
    region.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });
  open.setAttribute("aria-expanded", "false");
  open.setAttribute("aria-controls", "iph-share");
  let photo = "";
  store.subscribe((state) => {
    disable(make, state.busy !== null);
    if (state.photo && state.photo.id !== photo) {
      photo = state.photo.id;
      caption.value = "";
    }
  });
  return [open, region];

  function share(): void {
    const { strength, moved, blend } = store.state;
    const words = caption.value;
    flow.enqueue(async (shared, here) => {
      store.update({ busy: "busy_sharing" });
      const made = await createShare(shared.id, strength, words, moved, blend, here);
      keepOwn(made);
      show(await listShares(here));
      const first = list.querySelector<HTMLElement>(`[data-id="${made.id}"]`);
      first?.querySelector("details")?.setAttribute("open", "");
      first?.querySelector<HTMLElement>(".iph-copy")?.focus({ preventScroll: true });
      first?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    });
  }

  function show(shares: Share[]): void {
    const all = withOwn(shares);
    const wasInside = list.contains(document.activeElement);
    list.replaceChildren(...all.map(entry));
    list.hidden = !all.length;
    if (wasInside) focusOn(region, true);
  }

  function entry(share: Listed): HTMLElement {
    const said = element("span", { role: "status", class: "iph-hint" });
    const [link, copy] = linkField(say("share_link"), share.url, said);
    copy.classList.add("iph-copy");
    const remove = button("iph-quiet iph-remove", say("share_delete"), () => {
      flow.enqueue(async (_, here) => {
        store.update({ busy: "busy_deleting" });
        await removeShare(share, share.token, here).catch(unlessGone);
        forgetOwn(share.id);
        show(await listShares(here));
      });
    });
    const code = element("img", { class: "iph-code", alt: say("share_code_alt"), loading: "lazy" });
    code.src = `${localAddress(share)}/code.svg`;
    return element("li", { "data-id": share.id }, [
      ...(share.caption ? [element("b", {}, [share.caption])] : []),
      link,
      element("div", { class: "iph-row" }, [copy, ...systemSheet(share), remove]),
      said,
      element("small", { class: "iph-hint" }, [
        say("share_until", { until: dayOf(Date.parse(share.expires)) }),
      ]),
      element("details", { class: "iph-fold" }, [element("summary", {}, [say("share_code")]), code]),
      ...deletion(share, said),
    ]);
  }

  /** For its maker, when the session is over. */
  function deletion({ deleteUrl }: Listed, said: HTMLElement): HTMLElement[] {
    if (!deleteUrl) return [];
    const label = say("share_delete_link");
    const [link, copy] = linkField(label, deleteUrl, said);
    copy.setAttribute("aria-label", `${say("share_copy")}: ${label}`);
    return [
      element("small", { class: "iph-hint", "aria-hidden": "true" }, [label]),
      element("div", { class: "iph-row iph-deletion" }, [link, copy]),
    ];
  }

  /** A link to be selected, and a button that copies it. */
  function linkField(
    label: string,
    url: string,
    said: HTMLElement,
  ): [HTMLInputElement, HTMLButtonElement] {
    const link = element("input", { type: "text", readonly: "", value: url, "aria-label": label });
    link.addEventListener("focus", () => link.select());
    const copy = button("iph-quiet", say("share_copy"), () => {
      void copied(link).then((done) => setText(said, say(done ? "share_copied" : "share_select")));
    });
    return [link, copy];
  }

  /** The system's own share sheet, where there is one. */
  function systemSheet(share: Share): HTMLElement[] {
    if (!navigator.share) return [];
    const send = button("iph-quiet", say("share_send"), () => {
      // Closing the sheet is no error.
      navigator.share({ url: share.url, title: share.caption }).catch(() => undefined);
    });
    return [send];
  }
}

/** What was deleted elsewhere is gone, as it was meant to be. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Refusal && error.status === 404)) throw error;
}

/** Whether the text of a field is on the clipboard; without a safe connection the old way is left. */
async function copied(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}

const dayOf = (time: number): string =>
  new Date(time).toLocaleDateString(document.documentElement.lang || "en", { dateStyle: "long" });
