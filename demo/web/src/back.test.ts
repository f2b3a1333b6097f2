/** Run by tests/demo/test_page_scripts.py with Node's own test runner. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Back, waysOf } from "./back";
import { Composer } from "./compose/composer";
import type { Composition } from "./compose/types";
import type { Flow } from "./flow";
import { PlayedHistory } from "./played";
import { AT_START, Store } from "./state";
import type { Photo } from "./types";

Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined, setTimeout },
});

const settle = () => new Promise((resolve) => setTimeout(resolve, 10));
const RESULT = { before: "", after: "", summary: "" };
const PHOTO = { id: "one", regions: {}, result: null } as unknown as Photo;
const DONE = { ...PHOTO, result: RESULT } as unknown as Photo;

/** Views that are told how deep they lie; a step back takes a moment, as the server's answer does. */
function page(depth = 0) {
  const entries = new PlayedHistory();
  const went: string[] = [];
  const ways = {
    shown: depth,
    isStuck: false,
    depth: () => ways.shown,
    back: async () => {
      await settle();
      went.push("back");
      if (!ways.isStuck) ways.shown--;
    },
    forward: () => void went.push("forward"),
  };
  const back = new Back(entries, ways, Promise.resolve());
  entries.popped = () => back.popped();
  const show = async (...depths: number[]) => {
    await settle();
    for (ways.shown of depths) back.follow();
    await settle();
  };
  const press = async (steps = -1) => {
    entries.go(steps);
    await settle();
    await settle();
    await settle();
  };
  return { back, entries, press, show, ways, went };
}

test("each view that lies deeper has an entry, and Back leads through them", async () => {
  const { entries, press, show, ways, went } = page();
  await show(1, 1, 2);
  assert.deepEqual([entries.at, entries.length], [2, 3]);
  await press();
  assert.deepEqual([entries.at, ways.shown, went.length], [1, 1, 1]);
  await press();
  // From here the browser leaves the page by itself.
  assert.deepEqual([entries.at, ways.shown, went.length], [0, 0, 2]);
});

test("what the page's own buttons leave is no step of Back any longer", async () => {
  const { entries, show, went } = page();
  await show(1, 2, 3);
  await show(1, 1);
  assert.deepEqual([entries.at, went], [1, []]);
  await show(0);
  assert.deepEqual([entries.at, went], [0, []]);
});

test("a view that was jumped over is gone to once, and has an entry then", async () => {
  const { entries, press, show, ways } = page();
  await show(3);
  assert.deepEqual([entries.at, entries.length], [1, 2]);
  await press();
  assert.deepEqual([ways.shown, entries.at], [2, 1]);
});

test("where the way back fails, Back can be pressed again", async () => {
  const { entries, press, show, ways } = page();
  await show(1, 2);
  ways.isStuck = true;
  await press();
  assert.deepEqual([ways.shown, entries.at, entries.length], [2, 2, 3]);
  ways.isStuck = false;
  await press();
  assert.deepEqual([ways.shown, entries.at], [1, 1]);
});

test("two presses before the first is through go back twice", async () => {
  const { back, entries, press, show, ways } = page();
  await show(1, 2, 3);
  entries.go(-1);
  const pressed = press();
  setTimeout(() => back.follow()); // something else changes meanwhile
  await pressed;
  await settle();
  assert.deepEqual([ways.shown, entries.at, entries.length], [1, 1, 4]);
});

test("Forward leads to what is there still, and nowhere else", async () => {
  const { entries, press, show, ways, went } = page();
  await show(1);
  await press();
  await press(1);
  assert.deepEqual(went, ["back", "forward"]);
  assert.deepEqual([ways.shown, entries.at], [0, 0]);
});

test("after a reload Back goes on where it was, as soon as the view is there", async () => {
  const { entries, show } = page();
  await show(1, 2);
  const went: string[] = [];
  let shown = 0;
  let resume = () => undefined as void;
  const again = new Back(
    entries,
    { depth: () => shown, back: () => void went.push(`back from ${shown--}`), forward: () => undefined },
    new Promise<void>((resolve) => (resume = resolve)),
  );
  entries.popped = () => again.popped();
  again.follow(); // the page draws what it has
  entries.go(-1);
  await settle();
  assert.deepEqual(went, []);
  shown = 2;
  resume();
  await settle();
  assert.deepEqual([went, entries.at, entries.length], [["back from 2"], 1, 3]);
});

/** The page's own views, over a server that is not asked. */
function views() {
  globalThis.fetch = (() => new Promise(() => undefined)) as typeof fetch;
  const store = new Store();
  const asked: string[] = [];
  const flow = {
    show: (view: string) => store.update({ view }),
    backToSelection: () => store.update({ view: "select" }),
    stopOpening: () => asked.push("stop"),
  } as unknown as Flow;
  const composer = new Composer(store, flow, (key) => key);
  composer.goTo = async (step) => void asked.push(step);
  return { asked, composer, store, ways: waysOf(store, flow, composer) };
}

test("from the result Back goes to the selection, and on to the start page; the photo stays", async () => {
  const { store, ways } = views();
  assert.equal(ways.depth(), 0);
  store.restart(DONE);
  assert.equal(ways.depth(), 2);
  await ways.back();
  assert.deepEqual([store.state.view, ways.depth()], ["select", 1]);
  await ways.back();
  assert.deepEqual([store.state.view, ways.depth()], [AT_START, 0]);
  assert.equal(store.state.photo?.id, DONE.id);
  ways.forward();
  assert.deepEqual([store.state.view, ways.depth()], ["select", 1]);
  ways.forward();
  assert.equal(store.state.view, "result");
});

test("while composing Back goes where the page's own buttons go", async () => {
  const { asked, composer, store, ways } = views();
  composer.begin();
  const composition = { ...composer.composition!, scene: PHOTO, person: { ...PHOTO, id: "two" } };
  const steps: Array<[Composition["step"], number]> = [["cut", 2], ["place", 3]];
  for (const [step, depth] of steps) {
    composer.composition = { ...composition, step };
    store.restart(PHOTO);
    assert.equal(ways.depth(), depth);
    await ways.back();
  }
  composer.composition = { ...composition, step: "done", result: PHOTO.id };
  store.update({});
  assert.equal(ways.depth(), 4);
  await ways.back();
  assert.deepEqual(asked, ["photos", "cut", "place"]);
});

test("Back gives up a photo that is on its way", async () => {
  const { asked, store, ways } = views();
  store.update({ busy: "busy_reading" });
  assert.equal(ways.depth(), 1);
  await ways.back();
  assert.deepEqual(asked, ["stop"]);
});
