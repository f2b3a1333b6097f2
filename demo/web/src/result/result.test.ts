/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { FIT } from "../camera";
import type { Camera } from "../camera";
import type { Flow } from "../flow";
import type { Pictures } from "../pictures";
import { NOBODY, selectionsOf } from "../selection";
import { server } from "../server";
import { slider } from "../slider";
import { Store } from "../state";
import type { State } from "../state";
import type { Photo } from "../types";
import { ResultActions } from "./actions";
import { Comparison } from "./comparison";
import { stepsTo } from "./following";
import { moreFormats } from "./keep";
import { Setting } from "./setting";
import { UNMOVED } from "./types";
import type { Following, Look, Numbers } from "./types";

/** As much of an element as the page's own views ask of one. */
class Played {
  readonly attributes: Record<string, string> = {};
  readonly children: unknown[] = [];
  readonly style = { setProperty: () => undefined };
  textContent = "";
  width = 0;
  height = 0;
  constructor(readonly tag: string) {}
  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }
  append(...children: unknown[]): void {
    this.children.push(...children);
  }
  addEventListener(): void {}
  getContext(): unknown {
    const getImageData = (_x: number, _y: number, width: number, height: number) => ({
      data: new Uint8ClampedArray(4 * width * height),
      width,
      height,
    });
    return { drawImage: () => undefined, getImageData };
  }
  /** Every element in it, itself first. */
  all(): Played[] {
    const inner = this.children.filter((child) => child instanceof Played);
    return [this, ...inner.flatMap((child) => (child as Played).all())];
  }
}

const canvases: Played[] = [];
Object.assign(globalThis, {
  document: {
    baseURI: "http://page/",
    createElement: (tag: string) => {
      const made = new Played(tag);
      if (tag === "canvas") canvases.push(made);
      return made;
    },
  },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined, setTimeout },
});

const say = (key: string) => key;
const settle = (milliseconds = 5) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const photoOf = (id: string): Photo =>
  ({
    id,
    width: 4000,
    height: 2000,
    preview_size: [1600, 800],
    regions: { change: { mask: `${id}/mask.png` } },
    result: { before: `${id}/before.jpg` },
  }) as unknown as Photo;
const NUMBERS = { table: "table.bin", scale: 1, second: null, size: 2, points: [], light: {}, deep: false };

/** A page with its result's actions; the server answers each question when the test says so. */
function page() {
  const asked: Array<{
    path: string;
    body: unknown;
    answer: (body: unknown, status?: number) => void;
  }> = [];
  globalThis.fetch = ((address: string, { body = "null" }: { body?: string } = {}) => {
    const path = new URL(address).pathname.split("/").pop()!;
    if (path === "table.bin") return Promise.resolve(new Response(new ArrayBuffer(48)));
    return new Promise((resolve) => {
      const answer = (body: unknown, status = 200) =>
        resolve(new Response(JSON.stringify(body), { status }));
      asked.push({ path, body: JSON.parse(body), answer });
    });
  }) as typeof fetch;
  const store = new Store();
  const flow = {
    fail: (error: string) => store.update({ error }),
    enqueue: (step: (photo: Photo, here: () => boolean) => Promise<void>) =>
      step(store.state.photo!, () => true)
        .catch((error: Error) => store.update({ error: error.message }))
        .finally(() => store.update({ busy: null })),
  } as unknown as Flow;
  const actions = new ResultActions(store, flow, say);
  const told: Array<Look[] | null> = [];
  actions.onLooks((looks) => told.push(looks));
  const paths = () => asked.map(({ path }) => path);
  const last = () => asked.at(-1)!;
  return { store, actions, told, asked, paths, last };
}

const LOOKS = [{ key: "background", picture: "look.jpg", whom: null }];

test("numbers that come while the selection is looked at are there for the result again", async () => {
  const { store, told, paths, last } = page();
  store.update({ photo: photoOf("one"), view: "result" });
  store.update({ view: "select" });
  last().answer(NUMBERS);
  await settle();
  store.update({ view: "result" });
  assert.equal(store.state.numbers?.of, "one/before.jpg");
  last().answer({ looks: LOOKS });
  await settle();
  assert.deepEqual(told.at(-1), LOOKS);
  assert.deepEqual(paths(), ["numbers", "looks"]);
});

test("numbers of another result are dropped", async () => {
  const { store, paths, last } = page();
  store.update({ photo: photoOf("one"), view: "result" });
  const { answer } = last();
  store.update({ photo: photoOf("two") });
  answer(NUMBERS);
  await settle();
  assert.equal(store.state.numbers, null);
  assert.deepEqual(paths(), ["numbers", "numbers"]);
});

test("a busy server is asked again by itself", async () => {
  const { store, paths, last } = page();
  store.update({ photo: photoOf("one"), view: "result" });
  last().answer({ error: "busy" }, 503);
  await settle(700); // ask.ts waits half a second first
  assert.deepEqual(paths(), ["numbers", "numbers"]);
  last().answer(NUMBERS);
  await settle();
  assert.equal(store.state.numbers?.of, "one/before.jpg");
  assert.equal(store.state.error, null);
});

for (const refused of ["numbers", "looks"]) {
  test(`${refused} that were refused are asked for once more, by who comes back`, async () => {
    const { store, actions, told, paths, last } = page();
    store.update({ photo: photoOf("one"), view: "result" });
    if (refused === "looks") last().answer(NUMBERS);
    await settle();
    last().answer({ error: "no" }, 500);
    await settle();
    assert.equal(store.state.error, "no");
    assert.equal(actions.isFetching, false);
    const before = paths().length;
    store.update({ error: null });
    await settle();
    assert.equal(paths().length, before, "asked again at once");

    store.update({ view: "select" });
    store.update({ view: "result" });
    last().answer(NUMBERS);
    await settle();
    last().answer({ looks: LOOKS });
    await settle();
    assert.deepEqual(told.at(-1), LOOKS);
    assert.deepEqual(paths().slice(before), ["numbers", "looks"]);
    store.update({ view: "select" });
    store.update({ view: "result" });
    assert.equal(paths().length, before + 2, "asked again for what is there");
  });
}

test("a photo that was left and opened again has its numbers again", async () => {
  const { store, last } = page();
  store.restart(photoOf("one"));
  last().answer(NUMBERS);
  await settle();
  store.restart(null);
  store.restart(photoOf("one"));
  assert.equal(store.state.numbers, null);
  last().answer(NUMBERS);
  await settle();
  assert.equal(store.state.numbers!.of, "one/before.jpg");
});

test("the next photo's result does not begin with the looks of the last one", async () => {
  const { store, told, last } = page();
  store.update({ photo: photoOf("one"), view: "result" });
  last().answer(NUMBERS);
  await settle();
  last().answer({ looks: LOOKS });
  await settle();
  store.update({ photo: photoOf("two") });
  assert.equal(told.at(-1), null);

  last().answer(NUMBERS);
  await settle();
  last().answer({ looks: LOOKS });
  await settle();
  const other = { ...photoOf("two"), result: { before: "two/other.jpg" } } as Photo;
  store.update({ photo: other });
  assert.deepEqual(told.at(-1), LOOKS, "another reference: the same looks");
});

/** A result that follows somebody (a mask of the offers, or the background). */
const following = (match: string, second: string | null = null, transfer = 0): Photo =>
  ({
    ...photoOf("one"),
    offers: ["anna", "bert"].map((mask) => ({ mask })),
    background: match === "background",
    regions: {
      change: { mask: "one/mask.png", selection: { ...NOBODY, taps: [[1, 2, true]] } },
      ...(match !== "background" && { match: { selection: { ...NOBODY, mask: match } } }),
    },
    result: { before: `one/${match}-${second}-${transfer}.jpg`, second, transfer },
  }) as unknown as Photo;

test("undo goes back to whom a result followed, and to how it stood then", async () => {
  const { store, actions, asked, last } = page();
  store.restart(following("anna"));
  const answer = async (photo: Photo) => {
    last().answer(photo);
    await settle();
  };
  const setting = new Setting(store, actions);
  const moved = { ...UNMOVED, exposure: 0.4 };
  setting.set({ moved });
  void actions.transfer(0.5);
  await answer(following("anna", null, 0.5));
  assert.deepEqual(store.state.moved, moved, "following more closely leaves the sliders");
  void actions.match("background");
  await answer(following("background", null, 0.5));
  assert.deepEqual(store.state.moved, UNMOVED, "another reference starts them anew");
  void actions.second("bert");
  await answer(following("background", "bert", 0.5));

  const before = asked.length;
  setting.undo();
  await answer(following("background", null, 0.5));
  setting.undo();
  setting.undo(); // one step at a time: this one is not heard
  await answer(following("anna", null, 0.5));
  assert.deepEqual(store.state.moved, moved);
  setting.undo();
  await answer(following("anna"));
  assert.deepEqual(store.state.moved, moved);
  setting.undo(); // needs no server
  assert.deepEqual([store.state.moved, store.state.settled.past.length], [UNMOVED, 0]);

  for (let steps = 0; steps < 2; steps++) setting.redo();
  await answer(following("anna", null, 0.5));
  setting.redo();
  await answer(following("background", null, 0.5));
  setting.redo();
  await answer(following("background", "bert", 0.5));
  assert.equal(store.state.photo!.result!.second, "bert");
  const said = asked.slice(before).filter(({ path }) => path !== "numbers");
  assert.deepEqual(
    said.map(({ path, body }) => [path, body]),
    [
      ["second", { key: null }],
      ["match", { key: "anna" }],
      ["transfer", { ratio: 0 }],
      ["transfer", { ratio: 0.5 }],
      ["match", { key: "background" }],
      ["second", { key: "bert" }],
    ],
  );
});

/** A page whose result followed somebody first. */
async function followingTheBackground() {
  const { store, actions, last } = page();
  store.restart(following("anna"));
  void actions.match("background");
  last().answer(following("background"));
  await settle();
  return { store, setting: new Setting(store, actions), last };
}

test("undo that the server refuses leaves everything as it was", async () => {
  const { store, setting, last } = await followingTheBackground();
  const { photo, settled } = store.state;
  setting.undo();
  last().answer({ error: "no" }, 500);
  await settle();
  assert.deepEqual([store.state.photo, store.state.settled], [photo, settled]);
  assert.equal(store.state.error, "no");
});

test("a slider that is moved while undo is on its way keeps its place", async () => {
  const { store, setting, last } = await followingTheBackground();
  setting.undo();
  const moved = { ...UNMOVED, exposure: 0.4 };
  setting.set({ moved });
  last().answer(following("anna"));
  await settle();
  assert.deepEqual(store.state.moved, moved);
  setting.undo(); // It was a step while the background was followed: back to that.
  assert.deepEqual(last().body, { key: "background" });
});

test("with a second look, the first is told before it", () => {
  const shown = { photo: following("anna", "bert"), selections: selectionsOf(following("anna", "bert")) };
  const told = (wanted: Following) => stepsTo(wanted, shown).length;
  assert.equal(told({ match: "anna", second: "bert", transfer: 0 }), 0);
  assert.equal(told({ match: "background", second: null, transfer: 0 }), 1); // forgets the second
  assert.equal(told({ match: "background", second: "bert", transfer: 0 }), 2);
  assert.equal(told({ match: "anna", second: null, transfer: 1 }), 2);
  assert.equal(told({ match: "anna", second: "bert", transfer: null }), 0);
});

test("what was shown at full size is closed", async () => {
  const opened: Array<{ address: string; open: boolean; come: () => void }> = [];
  server.picture = (address: string) =>
    new Promise((resolve) => {
      const part = { address, open: true, come: () => resolve(picture as unknown as ImageBitmap) };
      const picture = { width: 8, height: 8, close: () => (part.open = false) };
      opened.push(part);
    });
  canvases.length = 0;
  const context = new Proxy({}, { get: () => () => undefined, set: () => true });
  const comparison = new Comparison(
    { width: 800, height: 400 } as HTMLCanvasElement,
    () => undefined,
    () => undefined,
  );
  const draw = async (camera: Camera) => {
    const numbers = { of: "another" } as Numbers;
    const state = { photo: photoOf("one"), camera, numbers, divider: 0.5 } as unknown as State;
    const pictures = { get: () => ({}) } as unknown as Pictures;
    const place = { left: 0, top: 0, width: 800 * camera.zoom, height: 400 * camera.zoom };
    comparison.draw(context as CanvasRenderingContext2D, state, pictures, place);
    await settle(200); // a photo that rests is fetched
  };
  const come = async (parts: typeof opened) => {
    for (const { come } of parts) come();
    await settle();
  };
  await draw({ ...FIT, zoom: 5 });
  await come(opened);
  await draw({ ...FIT, zoom: 5, left: 0.2 });
  await draw({ ...FIT, zoom: 5, left: 0.4 });
  assert.equal(opened.length, 6);
  await come(opened.slice(2, 4)); // too late
  await come(opened.slice(4));
  const open = opened.filter((part) => part.open).map((part) => opened.indexOf(part));
  assert.deepEqual(open, [4]);
  assert.match(opened[4]!.address, /before/);
  assert.deepEqual(canvases.map(({ width }) => width), [0, 8]);
});

test("what a slider stands at is not read aloud beside the slider itself", () => {
  const row = slider("one", "One", 0, 1, 1).row as unknown as Played;
  const output = row.all().find(({ tag }) => tag === "output")!;
  assert.equal(output.attributes["aria-live"], "off");
});

test("16 bits are promised for photos that have them alone", () => {
  const store = new Store();
  const fold = moreFormats(store, {} as ResultActions, say) as unknown as Played;
  const hints = () => fold.all().map(({ textContent }) => textContent);
  const numbers = (deep: boolean) => ({ deep }) as Numbers;
  store.update({ numbers: numbers(true) });
  assert.ok(hints().includes("format_tiff_deep"));
  store.update({ numbers: numbers(false) });
  assert.ok(!hints().includes("format_tiff_deep"));
  assert.ok(hints().includes("format_tiff_hint") && hints().includes("format_jpeg_hint"));
});
