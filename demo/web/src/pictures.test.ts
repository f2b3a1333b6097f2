/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Pictures, toldPictures } from "./pictures";
import { rememberSent } from "./sent";
import { server } from "./server";
import { Store } from "./state";
import type { Photo } from "./types";

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

/** A picture that knows whether it was let go. */
const played = (width: number, height: number) => {
  const picture = { width, height, isClosed: false, close: () => (picture.isClosed = true) };
  return picture as unknown as ImageBitmap & { isClosed: boolean };
};

/** A photo was sent, whose file the browser reads as `own`; the server's picture comes as the test says. */
function sent(own: ImageBitmap | null) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const theirs = played(1600, 1200);
  const made: { come: () => void; fail: () => void; asked: unknown[] } = {
    come: () => undefined,
    fail: () => undefined,
    asked: [],
  };
  globalThis.createImageBitmap = (async (...asked: unknown[]) => {
    made.asked = asked;
    if (!own) throw new DOMException("", "InvalidStateError");
    return own;
  }) as typeof createImageBitmap;
  server.picture = () =>
    new Promise((resolve, reject) => {
      made.come = () => resolve(theirs);
      made.fail = () => reject(new Error());
    });
  const file = new File(["?"], "photo.jpg");
  rememberSent({ preview: "preview.jpg", preview_size: [1600, 1200] } as Photo, file);
  return { made, theirs, file };
}

test("what people sent is shown until the server's picture is there, and let go then", async () => {
  const own = played(1600, 1201);
  const { made, theirs, file } = sent(own);
  let arrived = 0;
  const pictures = new Pictures(
    () => arrived++,
    () => assert.fail("nothing is missed"),
  );
  assert.equal(pictures.get("preview.jpg"), null);
  await settle();
  assert.equal(pictures.get("preview.jpg"), own);
  assert.deepEqual(made.asked, [file, { resizeWidth: 1600, resizeQuality: "medium" }]);
  for (let tries = 0; tries < 6; tries++) {
    made.fail();
    await pass(10);
  }
  assert.ok(!own.isClosed);
  made.come();
  await settle();
  assert.equal(pictures.get("preview.jpg"), theirs);
  assert.deepEqual([own.isClosed, theirs.isClosed, arrived], [true, false, 2]);
});

test("what people sent is let go with its photo, when it is late, and where it lies otherwise", async () => {
  const left = played(1600, 1200);
  sent(left);
  const pictures = new Pictures(
    () => undefined,
    () => undefined,
  );
  pictures.get("preview.jpg");
  await settle();
  pictures.keepOnly(new Set());
  assert.ok(left.isClosed);

  const late = played(1600, 1200);
  const { made, theirs } = sent(null);
  let read: (own: ImageBitmap) => void = () => undefined;
  globalThis.createImageBitmap = (() => new Promise((resolve) => (read = resolve))) as typeof createImageBitmap;
  pictures.get("preview.jpg");
  made.come();
  await settle();
  read(late);
  await settle();
  assert.equal(pictures.get("preview.jpg"), theirs);
  assert.ok(late.isClosed);
  pictures.keepOnly(new Set());

  const turned = played(1600, 2133);
  sent(turned);
  pictures.get("preview.jpg");
  await settle();
  assert.equal(pictures.get("preview.jpg"), null);
  assert.ok(turned.isClosed);
});

test("a file that the browser cannot read is waited for", async () => {
  const { made, theirs } = sent(null);
  const pictures = new Pictures(
    () => undefined,
    () => undefined,
  );
  let isThere = false;
  void pictures.arrival("preview.jpg").then(() => (isThere = true));
  await settle();
  assert.deepEqual([pictures.get("preview.jpg"), isThere], [null, false]);
  made.come();
  await settle();
  assert.deepEqual([pictures.get("preview.jpg"), isThere], [theirs, true]);
});

test("that a picture is late is said until one comes; another error stays", async () => {
  const { made } = sent(null);
  const store = new Store();
  const pictures = toldPictures(store, (key) => key, () => undefined);
  pictures.get("preview.jpg");
  for (let tries = 0; tries < 6; tries++) {
    made.fail();
    await pass(10);
  }
  assert.equal(store.state.error, "error_preview");
  made.come();
  await settle();
  assert.equal(store.state.error, null);

  store.update({ error: "error_network" });
  pictures.get("another.jpg");
  made.come();
  await settle();
  assert.equal(store.state.error, "error_network");
});
