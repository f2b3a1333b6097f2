/**
 * How a visit begins where the server refuses to say what it had, and ends where the server has
 * nothing any longer. Run by tests/demo/test_page_scripts.py; the server is played here.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { composerOf, PLACE } from "./compose";
import type { Composition } from "./compose/types";
import type { Picker } from "./decoder";
import { Flow } from "./flow";
import { leaveWhatIsGone } from "./gone";
import type { Picking } from "./picking";
import { onMissing } from "./ask";
import { server } from "./server";
import { NOBODY } from "./selection";
import { dropNote } from "./start";
import { Store } from "./state";
import type { Sync } from "./sync";
import type { Photo, Setup } from "./types";

const nothing = () => undefined;
let waited: number[] = [];
Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: nothing, removeEventListener: nothing },
  setTimeout: ((react: () => void, time = 0) => {
    waited.push(time);
    queueMicrotask(react);
  }) as unknown as typeof setTimeout,
});

const photo = { id: "one", preview: "iph/photos/one/files/preview.jpg", regions: {} } as unknown as Photo;
const GONE = { error: "It is gone." };

/** A page with a photo; the server answers each path with a status, 404 where nothing is said. */
function page(answers: Record<string, [number, unknown]>) {
  globalThis.fetch = (async (address: string) => {
    const [status, body] = answers[new URL(address).pathname.slice(1)] ?? [404, GONE];
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  }) as unknown as typeof fetch;
  waited = [];
  const store = new Store();
  const sync = { forget: nothing } as unknown as Sync;
  const picker = { close: nothing, open: nothing, meet: nothing } as unknown as Picker;
  const picking = { idle: async () => undefined } as unknown as Picking;
  const flow = new Flow({} as Setup, store, (key) => key, sync, picker, picking);
  let left = Promise.resolve();
  const composer = composerOf(store, flow, (key) => key);
  onMissing((sentence) => (left = leaveWhatIsGone(store, flow, composer, sentence)));
  return { store, flow, composer, left: () => left };
}

test("who comes back when the visit is over is at the start again, and hears why", async () => {
  const { store, flow, left } = page({});
  store.restart(photo);
  flow.harmonize();
  await new Promise(setImmediate);
  await left();
  assert.equal(store.state.photo, null);
  assert.equal(store.state.error, "It is gone.");
});

test("who places somebody when the visit is over is at the start again, too", async () => {
  const { store, composer, left } = page({});
  composer.composition = { step: "place", scene: photo, person: null } as unknown as Composition;
  store.restart(photo);
  assert.equal(store.state.view, PLACE);
  void composer.goTo("cut");
  await new Promise(setImmediate);
  await left();
  await new Promise(setImmediate);
  assert.deepEqual([store.state.photo, store.state.view], [null, "select"]);
  assert.equal(store.state.error, "It is gone.");
});

test("something else that is gone leaves the photo where it is", async () => {
  const { store, left } = page({ [photo.preview]: [200, {}] });
  store.restart(photo);
  await assert.rejects(server.choose("one", "match", () => NOBODY, () => true), { message: "It is gone." });
  await left();
  assert.equal(store.state.photo?.id, "one");
});

for (const status of [429, 500]) {
  test(`a server that answers ${status} at the start is asked again, and then heard`, async () => {
    const { store, flow } = page({ "iph/state": [status, { error: "Not now." }] });
    await flow.resume();
    assert.equal(store.state.error, "Not now.");
    assert.deepEqual(waited, [1000, 2000, 3000]);
  });
}

test("who drops a file hears of buttons that are there", () => {
  const { state } = new Store();
  assert.equal(dropNote({ ...state, photo }), "note_drop");
  assert.equal(dropNote({ ...state, photo, view: PLACE }), "note_drop_place");
  assert.equal(dropNote({ ...state, photo, lendsTo: photo }), "note_drop_lend");
});
