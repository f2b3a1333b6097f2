import { element } from "./dom";
import { address, ask } from "./ask";
import type { Say } from "./texts";
import type { Setup } from "./types";

/** Above the stage: what this is, and in which language. */
export function header(setup: Setup, say: Say): HTMLElement {
  return element("header", { class: "iph-header" }, [
    element("h1", {}, [say("title")]),
    languageSwitch(setup, say),
    element("p", { class: "iph-hint" }, [say("subtitle")]),
  ]);
}

/** The page starts again in the language that is chosen; the photo stays. */
function languageSwitch({ language, languages }: Setup, say: Say): HTMLElement {
  const choice = element("select", { class: "iph-language", "aria-label": say("language_label") });
  for (const [code, name] of Object.entries(languages)) {
    choice.append(element("option", { value: code, lang: code }, [name]));
  }
  choice.value = language;
  choice.addEventListener("change", () => {
    ask("POST", "iph/language", { body: { language: choice.value } }).then(
      () => location.reload(),
      () => (choice.value = language),
    );
  });
  return choice;
}

/** Below the stage, closed: how it works, and what happens to the photo. */
export function howItWorks({ minutes, share_days: days }: Setup, say: Say): HTMLElement {
  const step = (key: string) => [
    element("b", {}, [say(`how_${key}_title`)]),
    ` ${say(`how_${key}`, { minutes, days })}`,
  ];
  return element("details", { class: "iph-fold iph-how" }, [
    element("summary", {}, [say("how_title")]),
    element(
      "ol",
      {},
      ["change", "match", "harmonize"].map((key) => element("li", {}, step(key))),
    ),
    element("p", {}, step("private")),
    element("p", {}, step("weights")),
  ]);
}

/** Tell the browser the page's language and that it can be installed. */
export function introduce({ language }: Setup, say: Say): void {
  document.documentElement.lang = language;
  document.title = say("title");
  const manifest = document.querySelector<HTMLLinkElement>("link[rel=manifest]");
  if (manifest) manifest.href = address("manifest.json");
  // Not every browser and frame allows it; the page needs it for nothing else.
  navigator.serviceWorker
    ?.register(address("iph/service-worker.js"), { scope: address("./") })
    .catch(() => undefined);
}
