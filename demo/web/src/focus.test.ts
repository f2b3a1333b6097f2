/** Run by tests/demo/test_page_scripts.py; how the focus moves is tested in tests/browser. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { disable, onPress } from "./focus";

/** A button; `focus` says whether it has the focus. */
function played() {
  const attributes: Record<string, string> = {};
  const reactions: Array<() => void> = [];
  const made = {
    disabled: false,
    setAttribute: (name: string, value: string) => (attributes[name] = value),
    getAttribute: (name: string) => attributes[name] ?? null,
    addEventListener: (_: string, react: () => void) => reactions.push(react),
  } as unknown as HTMLButtonElement;
  const focus = (has: boolean) => Object.assign(globalThis, { document: { activeElement: has ? made : null } });
  const press = () => reactions.forEach((react) => react());
  return { made, attributes, focus, press };
}

test("the button that was pressed keeps the focus, and is pressed once", () => {
  const { made, attributes, focus, press } = played();
  let pressed = 0;
  onPress(made, () => pressed++);
  focus(true);
  press();
  disable(made, true);
  press();
  assert.deepEqual([made.disabled, attributes["aria-disabled"], pressed], [false, "true", 1]);
  disable(made, false);
  press();
  assert.deepEqual([made.disabled, attributes["aria-disabled"], pressed], [false, "false", 2]);
});

test("another button is simply out of use", () => {
  const { made, attributes, focus } = played();
  focus(false);
  disable(made, true);
  assert.deepEqual([made.disabled, attributes["aria-disabled"]], [true, "false"]);
});
