/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Pictures } from "./pictures";
import { server } from "./server";

/** Let promises settle, without waiting: the clock is the test's. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < 10 * seconds; i++) {
    mock.timers.tick(100);
    await settle();
  }
}

test("a picture that fails for long is tried on, with waits, and told once", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const made = { close: () => undefined } as ImageBitmap;
  let tries = 0;
  let isBack = false;
  let failures = 0;
  server.picture = async () => {
    tries += 1;
    if (!isBack) throw new Error();
    return made;
  };
  const pictures: Pictures = new Pictures(
    () => undefined,
    () => {
      failures += 1;
      pictures.get("one.jpg"); // who is told draws again
    },
  );
  assert.equal(pictures.get("one.jpg"), null);
  await pass(60);
  assert.equal(failures, 1);
  assert.ok(tries > 6 && tries < 15, `${tries} tries in a minute`);
  isBack = true;
  await pass(10);
  assert.equal(pictures.get("one.jpg"), made);

  isBack = false;
  pictures.get("two.jpg");
  await pass(5);
  pictures.keepOnly(new Set());
  const before = tries;
  await pass(60);
  assert.equal(tries, before, "a picture that nobody wants is tried on");
  assert.equal(failures, 1);
});

test("one fetched ahead is asked for once, done when it is late, and kept until it is used", async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const made = new Map<string, number>();
  let closed = 0;
  let arrived = 0;
  server.picture = async (address) => {
    const tries = (made.get(address) ?? 0) + 1;
    made.set(address, tries);
    if (address === "late.png" && tries === 1) throw new Error();
    return { close: () => closed++ } as unknown as ImageBitmap;
  };
  const pictures = new Pictures(
    () => (arrived++, pictures.keepOnly(new Set(["scene.jpg"]))),
    () => assert.fail("it is not that late"),
  );
  await pictures.fetchAhead(["soon.png", "late.png"]);
  assert.ok(pictures.get("soon.png"));
  assert.equal(pictures.get("late.png"), null);
  await pass(1);
  assert.ok(pictures.get("late.png"));
  assert.deepEqual([arrived, closed, [...made.values()]], [2, 0, [1, 2]]);

  await pictures.fetchAhead([]);
  pictures.keepOnly(new Set());
  assert.equal(closed, 2);
});
