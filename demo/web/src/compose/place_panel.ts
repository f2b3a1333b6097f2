import { button, element, setText } from "../dom";
import { disable } from "../focus";
import type { Way } from "../history";
import { slider } from "../slider";
import type { Store } from "../state";
import type { Say } from "../texts";
import type { Composer } from "./composer";
import { around, normal } from "./transform";
import type { Cast, Look } from "./types";
import { CASTS } from "./types";

const SIZES = [5, 200]; // percent of the scene's height

/** Beside the scene: size, turn, flip, behind, shadow, undo, done. */
export function placePanel(
  store: Store,
  composer: Composer,
  travel: (way: Way) => void,
  say: Say,
): HTMLElement {
  const flip = button("iph-quiet", say("compose_flip"), () =>
    withLook(composer, (look) => ({ ...look, flip: !look.flip })),
  );
  const behind = button("iph-quiet", say("compose_behind"), () =>
    composer.chooseBehind(!composer.choosesBehind),
  );
  behind.title = say("compose_behind_hint");
  const done = button("iph-primary", say("compose_done"), composer.finish);
  const back = button("iph-plain", "", () => composer.goTo(composer.beforePlacing));
  const cancel = button("iph-plain", say("compose_cancel"), composer.giveUp);
  const panel = element("aside", { class: "iph-panel" }, [
    sizeSlider(composer, say),
    turnSlider(composer, say),
    element("div", { class: "iph-row iph-compose-pair" }, [flip, behind]),
    shadowChoice(composer, say),
    element("div", { class: "iph-row iph-steps" }, [
      travelButton("undo", "past", composer, travel, say),
      travelButton("redo", "future", composer, travel, say),
    ]),
    done,
    element("div", { class: "iph-row" }, [back, cancel]),
  ]);
  composer.subscribe(() => {
    const { look, behind: who } = composer.composition ?? {};
    const busy = store.state.busy !== null;
    flip.setAttribute("aria-pressed", String(look?.flip ?? false));
    const chooses = composer.choosesBehind;
    setText(behind, say(chooses ? "compose_behind_done" : "compose_behind"));
    behind.setAttribute("aria-pressed", String(chooses || Boolean(who?.taps.length)));
    setText(back, say(composer.beforePlacing === "cut" ? "compose_back_cut" : "compose_back_photos"));
    done.disabled = busy || !look;
    back.disabled = cancel.disabled = busy;
  });
  return panel;
}

function travelButton(
  key: "undo" | "redo",
  way: Way,
  composer: Composer,
  travel: (way: Way) => void,
  say: Say,
): HTMLElement {
  const made = button("iph-quiet", say(key), () => travel(way));
  made.title = say(`${key}_hint`);
  composer.subscribe(() => disable(made, !composer.canTravel(way)));
  return made;
}

/** source: what moves the cut-out, null = at one stroke. */
function withLook(
  composer: Composer,
  change: (look: Look) => Look,
  source: string | null = null,
): void {
  const look = composer.composition?.look;
  if (look) composer.change(change(look), source);
}

function sizeSlider(composer: Composer, say: Say): HTMLElement {
  const share = (look: Look) => {
    const { scene, cutout } = composer.composition ?? {};
    return scene && cutout ? (100 * look.scale * cutout.height) / scene.height : 100;
  };
  return lookSlider("size", SIZES[0]!, SIZES[1]!, composer, say, {
    read: share,
    write: (look, value) => around(look, [look.x, look.y], value / share(look), 0),
    say: (value) => say("compose_size_value", { percent: value }),
    unit: " %",
  });
}

function turnSlider(composer: Composer, say: Say): HTMLElement {
  return lookSlider("turn", -180, 180, composer, say, {
    read: (look) => normal(look.rotation),
    write: (look, value) => ({ ...look, rotation: value }),
    say: (value) => say("compose_turn_value", { degrees: value }),
    unit: "°",
  });
}

interface Reading {
  read(look: Look): number;
  write(look: Look, value: number): Look;
  say(value: number): string;
  unit: string;
}

function lookSlider(
  name: "size" | "turn",
  low: number,
  high: number,
  composer: Composer,
  say: Say,
  reading: Reading,
): HTMLElement {
  const middle = Math.max(low, 0);
  const { row, input, tell } = slider(`iph-place-${name}`, say(`compose_${name}`), low, high, 1, middle);
  composer.moves.gesture.follow(input);
  input.addEventListener("input", () =>
    withLook(composer, (look) => reading.write(look, input.valueAsNumber), name),
  );
  composer.subscribe(() => {
    const look = composer.composition?.look;
    if (!look) return;
    const rounded = Math.round(reading.read(look));
    input.value = String(rounded);
    tell(`${rounded}${reading.unit}`, reading.say(rounded));
  });
  return row;
}

function shadowChoice(composer: Composer, say: Say): HTMLElement {
  const group = element("div", {
    class: "iph-tools",
    role: "group",
    "aria-label": say("compose_shadow"),
  });
  for (const cast of CASTS) {
    const segment = button("iph-segment", say(`compose_shadow_${cast}`), () => choose(cast));
    group.append(segment);
    composer.subscribe(() => {
      const chosen = composer.composition?.look?.cast ?? "none";
      segment.setAttribute("aria-pressed", String(chosen === cast));
    });
  }
  const choose = (cast: Cast) => withLook(composer, (look) => ({ ...look, cast }));
  return element("div", { class: "iph-compose-shadow" }, [
    element("span", { "aria-hidden": "true" }, [say("compose_shadow")]),
    group,
  ]);
}
