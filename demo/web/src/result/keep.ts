import { button, element, setText } from "../dom";
import { disable, onPress } from "../focus";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { ResultActions } from "./actions";
import { FORMATS } from "./types";

/** One button for what nearly everyone wants, and a fold for those who need something else. */
export function downloadButton(store: Store, actions: ResultActions, say: Say): HTMLElement {
  const download = button("iph-primary", say("download"), () => actions.download("png"));
  store.subscribe(({ busy, photo }) => {
    disable(download, busy !== null);
    const { width, height } = photo ?? { width: 0, height: 0 };
    download.title = say("download_size", { width, height });
  });
  return download;
}

export function moreFormats(store: Store, actions: ResultActions, say: Say): HTMLElement {
  const size = element("small", { class: "iph-hint" });
  const list = FORMATS.map((format) => {
    const hint = element("small");
    const made = element("button", { type: "button", class: "iph-button iph-quiet iph-format" }, [
      element("b", {}, [say(`format_${format}`)]),
      hint,
    ]);
    onPress(made, () => actions.download(format));
    store.subscribe(({ busy, numbers }) => {
      disable(made, busy !== null);
      const deep = format === "tiff" && numbers?.deep;
      setText(hint, say(deep ? "format_tiff_deep" : `format_${format}_hint`));
    });
    return made;
  });
  store.subscribe(({ photo, numbers }) => {
    const { width, height } = photo ?? { width: 0, height: 0 };
    setText(size, say(numbers?.deep ? "download_deep" : "download_size", { width, height }));
  });
  return element("details", { class: "iph-fold iph-formats" }, [
    element("summary", {}, [say("formats_more")]),
    size,
    ...list,
  ]);
}
