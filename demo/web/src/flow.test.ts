/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { sayConnection } from "./connection";
import type { Picker } from "./decoder";
import { Flow } from "./flow";
import type { Picking } from "./picking";
import { NOBODY, withStroke } from "./selection";
import { server } from "./server";
import { AT_START, Store } from "./state";
import type { Sync } from "./sync";
import type { Photo, Setup } from "./types";

Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined },
});

const nothing = () => undefined;
const moment = () => new Promise((resolve) => setTimeout(resolve, 5));
const photo = (id: string) =>
  ({ id, width: 200, height: 100, people: [], offers: [], regions: {}, result: null }) as unknown as Photo;

interface Asked {
  path: string;
  answer: (status: number, body: unknown) => void;
  lose: () => void;
  breakOff: () => void;
}

/** A page whose server answers when the test says so. */
function page(open: (photo: Photo, first: Promise<void>) => void = nothing) {
  const asked: Asked[] = [];
  globalThis.fetch = ((address: string, { method }: { method: string }) =>
    new Promise<Response>((resolve, reject) => {
      asked.push({
        path: `${method} ${new URL(address).pathname.slice(1)}`,
        answer: (status, body) => resolve(new Response(status === 204 ? null : JSON.stringify(body), { status })),
        lose: () => reject(new TypeError("lost")),
        breakOff: () => resolve(new Response('{"id": "on')),
      });
    })) as unknown as typeof fetch;
  const store = new Store();
  sayConnection(store);
  const sync = { forget: nothing } as unknown as Sync;
  const picker = { close: nothing, open, meet: nothing } as unknown as Picker;
  const picking = { idle: async () => undefined } as unknown as Picking;
  const flow = new Flow({} as Setup, store, (key) => key, sync, picker, picking);
  const next = async (path: string): Promise<Asked> => {
    for (let tries = 0; tries < 400; tries++) {
      const found = asked.findIndex((it) => it.path === path);
      if (found >= 0) return asked.splice(found, 1)[0]!;
      await moment();
    }
    throw new Error(`nobody asked for ${path}, but for ${asked.map((it) => it.path)}`);
  };
  const none = async (path: string): Promise<void> => {
    await moment();
    assert.ok(!asked.some((it) => it.path === path), `somebody asked for ${path}`);
  };
  /** With a photo on the stage. */
  const opened = async (): Promise<void> => {
    flow.openExample("first");
    (await next("POST iph/examples/first")).answer(200, photo("one"));
    (await next("POST iph/photos/one/prepare")).answer(200, photo("one"));
  };
  return { store, flow, next, none, opened };
}

test("the decoder waits for a photo's picture, and the step that finds people does not", async () => {
  const opened: Array<[string, Promise<void>]> = [];
  const { flow, next } = page((photo, first) => opened.push([photo.id, first]));
  const shown = Promise.resolve();
  flow.arrival = () => shown;
  flow.openExample("first");
  (await next("POST iph/examples/first")).answer(200, photo("one"));
  await next("POST iph/photos/one/prepare");
  assert.equal(opened.length, 1);
  assert.equal(opened[0]![0], "one");
  assert.equal(opened[0]![1], shown);
});

test("who starts over does not wait for what they left", async () => {
  const { store, flow, next, none } = page();
  flow.openExample("first");
  (await next("POST iph/examples/first")).answer(200, photo("one"));
  const left = await next("POST iph/photos/one/prepare");
  flow.startOver();
  assert.equal(store.state.busy, null);
  flow.openExample("second");
  (await next("POST iph/examples/second")).answer(200, photo("two"));
  await next("POST iph/photos/two/prepare");
  left.answer(200, photo("one"));
  await none("POST iph/examples/second");
  assert.equal(store.state.photo?.id, "two");
  assert.equal(store.state.busy, "busy_people");
  assert.equal(store.state.error, null);
});

test("a photo that comes after starting over is not shown, and is deleted", async () => {
  const { store, flow, next } = page();
  flow.openExample("first");
  const slow = await next("POST iph/examples/first");
  flow.startOver();
  slow.answer(200, photo("one"));
  (await next("DELETE iph/photos/one")).answer(204, null);
  await moment();
  assert.equal(store.state.photo, null);
  assert.equal(store.state.busy, null);
});

test("a photo that was deleted without a connection is deleted when there is one", async () => {
  const { flow, next, store, opened } = page();
  await opened();
  flow.startOver();
  (await next("DELETE iph/photos/one")).lose();
  (await next("DELETE iph/photos/one")).answer(204, null);
  await moment();
  assert.equal(store.state.connection, "back");
});

test("harmonizing goes on where the connection was away", async () => {
  const { store, flow, next, opened } = page();
  await opened();
  await moment();
  flow.harmonize();
  (await next("POST iph/photos/one/harmonize")).lose();
  (await next("POST iph/photos/one/harmonize")).answer(200, photo("one"));
  await moment();
  assert.deepEqual([store.state.view, store.state.error], ["result", null]);
});

test("what a busy server says of harmonizing is told", async () => {
  const { store, flow, next, opened } = page();
  await opened();
  await moment();
  flow.harmonize();
  (await next("POST iph/photos/one/harmonize")).answer(503, { error: "Come back in a minute." });
  await moment();
  assert.deepEqual([store.state.error, store.state.busy], ["Come back in a minute.", null]);
});

test("a photo that people left for the start page goes when another takes its place", async () => {
  const { store, flow, next, none } = page();
  store.restart(photo("one"));
  flow.show(AT_START);
  flow.backToSelection();
  await none("DELETE iph/photos/one");
  flow.show(AT_START);
  store.restart(photo("two"));
  (await next("DELETE iph/photos/one")).answer(204, null);
  assert.equal(store.state.photo?.id, "two");
});

test("a result that comes while people are at the start page waits for them", async () => {
  const { store, flow, next } = page();
  store.restart(photo("one"));
  flow.harmonize();
  const slow = await next("POST iph/photos/one/harmonize");
  flow.show(AT_START);
  slow.answer(200, photo("one"));
  await moment();
  assert.equal(store.state.view, AT_START);
});

test("a photo that is opened can be given up, and the one before stays", async () => {
  const { store, flow, next } = page();
  store.restart(photo("one"));
  flow.openExample("second");
  const slow = await next("POST iph/examples/second");
  flow.stopOpening();
  slow.answer(200, photo("two"));
  (await next("DELETE iph/photos/two")).answer(204, null);
  assert.deepEqual([store.state.photo?.id, store.state.busy], ["one", null]);
});

test("a result of a photo that was left shows nothing", async () => {
  const { store, flow, next, opened } = page();
  await opened();
  await moment();
  flow.harmonize();
  const slow = await next("POST iph/photos/one/harmonize");
  flow.startOver();
  slow.answer(200, photo("one"));
  await moment();
  assert.equal(store.state.view, "select");
  assert.equal(store.state.photo, null);
});

test("a refusal ends what is said of the connection", async () => {
  const { store, next } = page();
  const tried = server.state();
  (await next("GET iph/state")).lose();
  await moment();
  assert.equal(store.state.connection, "lost");
  (await next("GET iph/state")).answer(404, { error: "It is gone." });
  await assert.rejects(tried, { message: "It is gone." });
  assert.equal(store.state.connection, "back");
});

test("nobody says that we keep trying where nobody does", async () => {
  const { store, next } = page();
  let wanted = true;
  const tried = server.prepare("one", () => wanted);
  wanted = false;
  (await next("POST iph/photos/one/prepare")).lose();
  await assert.rejects(tried);
  assert.equal(store.state.connection, "fine");
});

test("an answer that breaks off is an error, and not an empty photo", async () => {
  const { store, flow, next } = page();
  flow.openExample("first");
  (await next("POST iph/examples/first")).breakOff();
  await moment();
  assert.equal(store.state.error, "error_network");
  assert.equal(store.state.photo, null);
});

test("a stroke never has more points than the server takes", () => {
  const points = Array.from({ length: 20_000 }, (_, i) => (i % 2 ? (i % 700) : i / 7));
  const { strokes } = withStroke(NOBODY, { points, radius: 1, erase: false });
  assert.ok(strokes[0]!.points.length <= 8192);
  assert.ok(strokes[0]!.points.length > 1000);
});
