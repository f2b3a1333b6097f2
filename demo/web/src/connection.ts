import { onMet } from "./ask";
import type { Store } from "./state";

const GLAD = 6000; // milliseconds for which "it is back" is said

/** Have the page say that the connection is lost, while we keep trying, and that it is back. */
export function sayConnection(store: Store): void {
  onMet((met) => {
    if (met === "nobody") store.update({ connection: "lost" });
    else if (met === "dropped") store.update({ connection: "fine" });
    else if (store.state.connection === "lost") beGlad();
  });

  function beGlad(): void {
    store.update({ connection: "back" });
    setTimeout(() => {
      if (store.state.connection === "back") store.update({ connection: "fine" });
    }, GLAD);
  }
}
