import { button, element, setText } from "../dom";
import type { Flow } from "../flow";
import { disable } from "../focus";
import { wayOf } from "../keys";
import type { State, Store } from "../state";
import type { Say } from "../texts";
import { stepButton } from "../tools";
import { changeShown, numbersOf, ResultActions } from "./actions";
import { blendFold } from "./blend";
import { lookCards } from "./cards";
import { downloadButton, moreFormats } from "./keep";
import { rememberSliders } from "./remember";
import { sendButton } from "./send";
import { Setting } from "./setting";
import { sharePanel } from "./sharing";
import { adjustSliders, strengthSlider, transferSlider } from "./sliders";
import { isMoved } from "./types";
import { resultWords, wordsOf } from "./words";

/** Beside a result: what changed, other references, strength and sliders, keeping and sharing. */
export function resultView(store: Store, flow: Flow, say: Say): HTMLElement {
  const actions = new ResultActions(store, flow, say);
  const setting = new Setting(store, actions);
  rememberSliders(store);
  listenToKeys(store, setting);
  const [share, sharing] = sharePanel(store, flow, say);
  return element("div", { class: "iph-group iph-result" }, [
    changeInWords(store, actions, say),
    lookCards(store, actions, say),
    strengthSlider(store, setting, say),
    transferSlider(store, actions, say),
    element("div", { class: "iph-row iph-keep" }, [
      downloadButton(store, actions, say),
      ...sendButton(store, flow, say),
      share,
    ]),
    sharing,
    button("iph-quiet", say("back"), flow.backToSelection),
    element("div", { class: "iph-row iph-steps" }, [
      stepButton(store, say, "undo", setting.undo, ({ settled, busy }) => settled.past.length > 0 && !busy),
      stepButton(store, say, "redo", setting.redo, ({ settled, busy }) => settled.future.length > 0 && !busy),
    ]),
    blendFold(store, actions, setting, say),
    adjustSliders(store, setting, say),
    moreFormats(store, actions, say),
  ]);
}

function listenToKeys(store: Store, setting: Setting): void {
  document.addEventListener("keydown", (event) => {
    const way = store.state.view === "result" ? wayOf(event) : null;
    if (!way) return;
    setting[way]();
    event.preventDefault();
  });
}

/** How closely the reference is followed when people ask for more; the slider tells, and goes on. */
const CLOSER = 0.6;

function changeInWords(store: Store, actions: ResultActions, say: Say): HTMLElement {
  const words = element("b");
  const closer = button("iph-plain iph-closer", say("closer"), () => void actions.transfer(CLOSER));
  store.subscribe((state) => {
    setText(words, summary(state, say));
    closer.hidden = state.photo?.result?.transfer !== 0;
    disable(closer, state.busy !== null);
  });
  const title = say("summary_title");
  return element("div", { class: "iph-summary", role: "group", "aria-label": title }, [
    element("small", { class: "iph-hint" }, [title]),
    words,
    closer,
  ]);
}

/** What is shown; until its numbers are here, what harmonizing did. */
function summary(state: State, say: Say): string {
  const { photo, strength, moved, blend } = state;
  if (!photo?.result) return "";
  const asMade = strength === 1 && !isMoved(moved) && (!photo.result.second || blend === 0.5);
  if (asMade || !numbersOf(state)) return resultWords(photo.result, say);
  return wordsOf(changeShown(state), say) ?? say("almost_nothing");
}
