/** Run by tests/demo/test_page_scripts.py with Node's own test runner. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { busyText } from "./line";
import { Store } from "./state";

const say = (key: string, values: Record<string, unknown> = {}) => [key, ...Object.values(values)].join(" ");

test("what runs is named with how far it is, or how long it waits", () => {
  const store = new Store();
  const text = () => busyText(store.state, say);
  store.update({ busy: "busy_reading" });
  assert.equal(text(), "busy_reading");
  store.update({ sent: 0.437 });
  assert.equal(text(), "busy_uploading 40");
  store.update({ line: { place: 3, seconds: 12 } });
  assert.equal(text(), "busy_line 3 12");
});
