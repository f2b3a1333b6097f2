/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { sayConnection } from "../connection";
import type { Flow } from "../flow";
import { playUploads } from "../played";
import type { Upload } from "../played";
import { AT_START, Store } from "../state";
import type { Photo } from "../types";
import { Composer, PHOTOS, PLACE } from "./composer";
import type { Composition, Look } from "./types";

Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined, setTimeout },
  createImageBitmap: () => Promise.resolve({ close: () => undefined }),
});

const LOOK: Look = { x: 10, y: 20, scale: 1, rotation: 0, flip: false, cast: "none" };
const SCENE = { id: "scene", width: 100, height: 80, regions: {}, result: null } as unknown as Photo;
const PERSON = { ...SCENE, id: "person" };
const MADE = { ...SCENE, id: "made" };
const PLACED = {
  step: "place",
  scene: SCENE,
  person: PERSON,
  cutout: { picture: "cut", width: 9, height: 9, came_cut_out: false },
  look: LOOK,
  shadow: null,
  behind: { taps: [], picture: null },
  result: null,
} as unknown as Composition;
const FILE = new File(["?"], "photo.jpg");

type Asked = {
  path: string;
  body: unknown;
  answer: (answer: unknown, status?: number) => void;
  lose: () => void;
  upload?: Upload;
};

/** A page whose server answers when the test says so. */
function page() {
  const asked: Asked[] = [];
  globalThis.fetch = ((address: string, { method, body }: { method: string; body?: unknown }) =>
    new Promise((resolve, reject) => {
      if (address.includes("/queue")) return reject(new TypeError("not played"));
      asked.push({
        lose: () => reject(new TypeError("lost")),
        path: `${method} ${new URL(address).pathname.slice("/iph/".length)}`,
        body: typeof body === "string" && body ? JSON.parse(body) : null,
        answer: (answer, status = 200) => resolve(new Response(JSON.stringify(answer), { status })),
      });
    })) as typeof fetch;
  playUploads((upload) => {
    const { answer, lose, path } = upload;
    asked.push({ path: path.replace("iph/", ""), body: null, answer, lose, upload });
  });
  const store = new Store();
  sayConnection(store);
  const flow = {
    accepts: () => true,
    picking: { idle: async () => undefined },
    watch: (signal: AbortSignal) => ({ signal, sent: (sent: number | null) => store.update({ sent }) }),
    stopOpening: () => store.update({ busy: null, sent: null }),
    start: (opening: () => Promise<Photo>) => void opening().then((photo) => store.restart(photo)),
  } as unknown as Flow;
  const composer = new Composer(store, flow, (key) => key);
  const paths = () => asked.map(({ path }) => path);
  return { asked, composer, paths, store };
}

/** The same, with a cut-out that lies in its scene. */
async function placing() {
  const made = page();
  const resumed = made.composer.resume();
  made.asked[0]!.answer({ composition: PLACED });
  await resumed;
  assert.equal(made.store.state.view, PLACE);
  made.asked.length = 0;
  return made;
}

const settle = (milliseconds = 10) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const RESTED = 300; // milliseconds after which the server is told

test("a place that could not be told is told before the composite is made", async () => {
  const { asked, composer, paths, store } = await placing();
  const moved = { ...LOOK, x: 99 };
  composer.change(moved, null);
  await settle(RESTED);
  asked[0]!.answer({ error: "busy" }, 503);
  await settle();
  assert.equal(store.state.error, "busy");
  assert.equal(composer.isSaved, false);
  composer.finish();
  await settle();
  assert.deepEqual([paths()[1], asked[1]!.body], ["POST composition/look", moved]);
  asked[1]!.answer({ composition: { ...PLACED, look: moved } });
  await settle();
  assert.equal(paths()[2], "POST composition/render");
  assert.equal(composer.isSaved, true);
});

test("a whole drag is undone at once, told to the server, and done again", async () => {
  const { asked, composer } = await placing();
  composer.moves.gesture.hold();
  for (const x of [30, 50, 70]) composer.change({ ...LOOK, x }, "fingers");
  composer.moves.gesture.letGo();
  composer.change({ ...LOOK, x: 70, flip: true }, null);
  assert.deepEqual([composer.canTravel("past"), composer.canTravel("future")], [true, false]);
  composer.travel("past");
  composer.travel("past");
  assert.deepEqual(composer.composition?.look, LOOK);
  assert.equal(composer.travel("past"), false);
  composer.travel("future");
  assert.equal(composer.composition?.look?.x, 70);
  await settle(RESTED);
  assert.deepEqual(asked[0]!.body, { ...LOOK, x: 70 });
});

test("nobody is dragged out of the scene", async () => {
  const { composer } = await placing();
  const at = (x: number, y: number) => {
    composer.change({ ...LOOK, x, y }, null);
    const { x: left, y: top } = composer.composition!.look!;
    return [left, top].map((place) => Math.round(10 * place) / 10);
  };
  // The cut-out is 9 x 9; 4.8 pixels of it stay.
  assert.deepEqual(at(50, 40), [50, 40]);
  assert.deepEqual(at(-500, 40), [0.3, 40]);
  assert.deepEqual(at(500, 900), [99.7, 79.7]);
  await settle(RESTED); // told, so that no other test hears of it
});

test("another cut-out has no past, and taps in front leave it alone", async () => {
  const { composer, asked } = await placing();
  composer.change({ ...LOOK, x: 30 }, null);
  composer.chooseBehind(true);
  assert.equal(composer.canTravel("past"), false);
  composer.chooseBehind(false);
  assert.equal(composer.canTravel("past"), true);
  void composer.goTo("place");
  await settle();
  asked[0]!.answer({ composition: PLACED }); // the look is told first
  await settle();
  const cutout = { picture: "another", width: 9, height: 9, came_cut_out: true };
  asked[1]!.answer({ composition: { ...PLACED, cutout } });
  await settle();
  assert.equal(composer.canTravel("past"), false);
});

test("no composite is made where the place cannot be told", async () => {
  const { asked, composer, paths, store } = await placing();
  composer.change({ ...LOOK, x: 99 }, null);
  composer.finish();
  await settle();
  asked[0]!.answer({ error: "gone" }, 404);
  await settle();
  assert.deepEqual(paths(), ["POST composition/look"]);
  assert.equal(store.state.error, "gone");
});

test("a place that is on its way is not overtaken", async () => {
  const { asked, composer, paths } = await placing();
  composer.change({ ...LOOK, x: 99 }, null);
  await settle(RESTED);
  composer.finish();
  await settle();
  assert.deepEqual(paths(), ["POST composition/look"]);
  asked[0]!.answer({ composition: PLACED });
  await settle();
  assert.deepEqual(paths(), ["POST composition/look", "POST composition/render"]);
});

test("what fails after all was given up is neither told nor sent again", async () => {
  const { asked, composer, paths, store } = await placing();
  composer.change({ ...LOOK, x: 99 }, null);
  await settle(RESTED);
  composer.giveUp();
  composer.begin();
  asked[0]!.answer({ error: "gone" }, 404);
  await settle();
  assert.equal(store.state.error, null);
  assert.equal(composer.isSaved, true);
  assert.deepEqual(paths(), ["POST composition/look", "DELETE composition"]);
});

test("one photo where two are asked for takes the part that is missing", async () => {
  const { asked, composer, store } = page();
  composer.begin();
  for (const [part, photo] of [["scene", SCENE], ["person", PERSON]] as const) {
    asked.length = 0;
    composer.bring([FILE], null);
    await settle();
    asked[0]!.answer(photo);
    await settle();
    assert.deepEqual(asked[1]!.body, { photos: [photo.id], part });
    asked[1]!.answer({ photo: null, composition: { ...PLACED, step: "photos", person: null } });
    await settle();
    assert.equal(store.state.view, PHOTOS);
  }
});

test("one photo on the start page is no part of anything", async () => {
  const { asked, composer } = page();
  composer.bring([FILE], null);
  await settle();
  asked[0]!.answer(SCENE);
  await settle();
  assert.deepEqual(asked[1]!.body, { photos: ["scene"], part: null });
});

test("a reload tries again to go on where the server was away", async () => {
  const { asked, composer, store } = page();
  const resumed = composer.resume();
  asked[0]!.answer({}, 502);
  await settle(600);
  asked[1]!.answer({ composition: PLACED });
  await resumed;
  assert.equal(store.state.view, PLACE);
});

test("a composite that a reload could not show is not given up", async () => {
  const { asked, composer, paths, store } = page();
  const resumed = composer.resume();
  asked[0]!.answer({ composition: { ...PLACED, step: "done", result: MADE.id } });
  await resumed;
  store.update({ line: null });
  await settle();
  assert.deepEqual(paths(), ["GET composition"]);
});

test("a composite on the stage can be placed anew, and is given up with its photo", async () => {
  const { asked, composer, paths, store } = page();
  store.restart(MADE);
  const resumed = composer.resume();
  asked[0]!.answer({ composition: { ...PLACED, step: "done", result: MADE.id } });
  await resumed;
  assert.equal(composer.canGoBackToPlacing, true);
  store.restart(null);
  assert.deepEqual(paths(), ["GET composition", "DELETE composition"]);
});

/** The same, with a person to cut out on the stage. */
async function cutting() {
  const made = page();
  const resumed = made.composer.resume();
  made.asked[0]!.answer({ composition: { ...PLACED, step: "cut", look: null } });
  await resumed;
  await settle();
  assert.equal(made.store.state.photo?.id, PERSON.id);
  made.asked.length = 0;
  return made;
}

for (const [what, status] of [["an answer", 200], ["a refusal", 404]] as const) {
  test(`${what} that comes after starting over shows nothing`, async () => {
    const { asked, composer, store } = await cutting();
    void composer.placeThem();
    await settle();
    store.restart(null);
    assert.equal(composer.composition, null);
    asked[0]!.answer(status === 200 ? { composition: PLACED } : { error: "gone" }, status);
    await settle();
    assert.equal(composer.composition, null);
    assert.deepEqual([store.state.view, store.state.error, store.state.busy], ["select", null, null]);
  });
}

test("who starts over does not wait for what they left", async () => {
  const { asked, composer, paths, store } = await cutting();
  void composer.placeThem();
  await settle();
  store.restart(null);
  asked.length = 0;
  composer.bring([FILE], null);
  await settle();
  assert.deepEqual(paths(), ["POST photos"]);
  assert.equal(store.state.busy, "busy_reading");
});

test("an upload that is cut off is sent again, under its ticket", async () => {
  const { asked, composer, paths, store } = page();
  composer.bring([FILE], null);
  await settle();
  asked[0]!.lose();
  await settle();
  assert.deepEqual([store.state.connection, store.state.error], ["lost", null]);
  await settle(600);
  asked[1]!.answer({ error: "stood still" }, 408);
  await settle(1100);
  asked[2]!.answer({ error: "The server starts." }, 502);
  await settle(2100);
  const tickets = asked.map(({ upload }) => upload!.headers["X-IPH-Ticket"]);
  assert.deepEqual(paths(), Array(4).fill("POST photos"));
  assert.equal(new Set(tickets).size, 1);
  asked[3]!.answer(SCENE);
  await settle();
  assert.deepEqual(asked[4]!.body, { photos: [SCENE.id], part: null });
});

test("what a busy server says of an upload is told", async () => {
  const { asked, composer, paths, store } = page();
  composer.bring([FILE], null);
  await settle();
  asked[0]!.answer({ error: "Come back in a minute." }, 503);
  await settle(600);
  assert.equal(store.state.error, "Come back in a minute.");
  assert.deepEqual(paths(), ["POST photos"]);
});

test("how much of a photo is sent is told, until all of it is", async () => {
  const { asked, composer, store } = page();
  composer.bring([FILE], null);
  await settle();
  asked[0]!.upload!.progress(0.4);
  assert.equal(store.state.sent, 0.4);
  asked[0]!.answer(SCENE);
  assert.equal(store.state.sent, null);
  await settle();
});

test("photos on their way can be given up, and leave nothing behind", async () => {
  const { asked, composer, paths, store } = page();
  composer.bring([FILE, FILE], null);
  await settle();
  asked[0]!.answer(SCENE);
  await settle();
  assert.equal(composer.isOpening, true);
  composer.stopOpening();
  await settle();
  assert.equal(asked[1]!.upload!.isAborted, true);
  assert.deepEqual(paths(), ["POST photos", "POST photos", "DELETE photos/scene"]);
  assert.deepEqual([composer.isOpening, store.state.busy, store.state.error], [false, null, null]);
});

test("who gives up a connection that is away is not asked to try again", async () => {
  const { asked, composer, paths, store } = page();
  composer.bring([FILE], null);
  await settle();
  asked[0]!.lose();
  await settle();
  composer.stopOpening();
  await settle(700);
  assert.deepEqual([paths().length, store.state.error, store.state.connection], [1, null, "fine"]);
});

test("a file that can be read no longer is not sent for ever", async () => {
  const { composer, paths, store } = page();
  const gone = new File(["?"], "gone.jpg");
  const unreadable = async () => Promise.reject(new DOMException("changed", "NotReadableError"));
  gone.slice = () => ({ arrayBuffer: unreadable }) as unknown as Blob;
  composer.bring([gone], null);
  await settle();
  assert.deepEqual([paths(), store.state.error], [[], "error_file_gone"]);
});

test("who becomes the scene is named, so that swapping can be asked again", async () => {
  const { asked, composer, paths } = await cutting();
  void composer.swap();
  await settle();
  asked[0]!.lose();
  await settle(600);
  assert.deepEqual(paths(), ["POST composition/swap", "POST composition/swap"]);
  assert.deepEqual(asked.map(({ body }) => body), Array(2).fill({ scene: PERSON.id }));
  asked[1]!.answer({ composition: { ...PLACED, step: "cut", scene: PERSON, person: SCENE, look: null } });
  await settle();
  assert.equal(composer.composition?.person?.id, SCENE.id);
});

test("before placing comes the cut-out, unless they came cut out", async () => {
  const { composer } = await placing();
  assert.equal(composer.beforePlacing, "cut");
  const cutout = { picture: "", width: 1, height: 1, came_cut_out: true };
  composer.composition = { ...PLACED, cutout };
  assert.equal(composer.beforePlacing, "photos");
});

test("photos left for the start page wait there, until another photo takes their place", async () => {
  const { composer, paths, store } = page();
  composer.composition = { ...PLACED, step: "photos" };
  store.update({ view: PHOTOS });
  store.update({ view: AT_START });
  assert.equal(store.state.view, AT_START);
  composer.comeBack();
  assert.equal(store.state.view, PHOTOS);
  store.update({ view: AT_START });
  store.restart(MADE);
  assert.deepEqual(paths(), ["DELETE composition"]);
  assert.deepEqual([store.state.photo?.id, store.state.view], [MADE.id, "select"]);
});
