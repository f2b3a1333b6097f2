/** Run by tests/demo/test_picker_rules.py with Node's own test runner. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { DecodeQueue } from "./queue";

/** A queue whose decodes end when the test says so. */
function held() {
  const started: string[] = [];
  const ends: Array<{ resolve: (answer: string) => void; reject: (error: Error) => void }> = [];
  const queue = new DecodeQueue<string, string>(
    (prompts) => {
      started.push(prompts);
      return new Promise((resolve, reject) => ends.push({ resolve, reject }));
    },
    (a, b) => a === b,
  );
  const finish = async (error?: Error) => {
    const end = ends.shift();
    if (error) end?.reject(error);
    else end?.resolve(`mask of ${started.at(-1 - ends.length)}`);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { queue, started, finish };
}

test("a tap where the pointer hovers joins its decode", async () => {
  const { queue, started, finish } = held();
  const answers = [queue.hover("a"), queue.tap("a")];
  await finish();
  assert.deepEqual(await Promise.all(answers), ["mask of a", "mask of a"]);
  assert.equal(await queue.tap("a"), "mask of a");
  assert.deepEqual(started, ["a"]);
});

test("of the hovers that wait only the newest is decoded", async () => {
  const { queue, started, finish } = held();
  const answers = ["a", "b", "c"].map((prompts) => queue.hover(prompts));
  await finish();
  await finish();
  assert.deepEqual(await Promise.all(answers), ["mask of a", null, "mask of c"]);
  assert.deepEqual(started, ["a", "c"]);
});

test("taps are never dropped and go before a hover", async () => {
  const { queue, started, finish } = held();
  const running = queue.hover("a");
  const taps = [queue.tap("b"), queue.tap("c")];
  const hover = queue.hover("d");
  for (let step = 0; step < 4; step++) await finish();
  assert.deepEqual(await Promise.all(taps), ["mask of b", "mask of c"]);
  assert.deepEqual([await running, await hover], ["mask of a", "mask of d"]);
  assert.deepEqual(started, ["a", "b", "c", "d"]);
});

test("a hover that waits and is tapped is decoded once, as a tap", async () => {
  const { queue, started, finish } = held();
  void queue.hover("a");
  const answers = [queue.hover("b"), queue.tap("b"), queue.hover("c")];
  for (let step = 0; step < 3; step++) await finish();
  assert.deepEqual(await Promise.all(answers), ["mask of b", "mask of b", "mask of c"]);
  assert.deepEqual(started, ["a", "b", "c"]);
});

test("clearing answers null to all who wait and forgets what was decoded", async () => {
  const { queue, started, finish } = held();
  void queue.hover("a");
  const waiting = queue.tap("b");
  queue.clear();
  assert.equal(await waiting, null);
  await finish();
  const again = queue.tap("a");
  await finish();
  assert.equal(await again, "mask of a");
  assert.deepEqual(started, ["a", "a"]);
});

test("a failed decode is tried again and keeps nobody waiting", async () => {
  const { queue, started, finish } = held();
  const failing = queue.tap("a");
  const other = queue.tap("b");
  const failed = assert.rejects(failing, /broken/);
  await finish(new Error("broken"));
  await finish();
  await failed;
  assert.equal(await other, "mask of b");
  const again = queue.tap("a");
  await finish();
  assert.equal(await again, "mask of a");
  assert.deepEqual(started, ["a", "b", "a"]);
});

test("what was decoded before something else was known is decoded again", async () => {
  const { queue, started, finish } = held();
  const first = queue.tap("a");
  await finish();
  assert.equal(await first, "mask of a");
  queue.forget();
  const again = queue.tap("a");
  await finish();
  assert.equal(await again, "mask of a");
  assert.deepEqual(started, ["a", "a"]);
});
