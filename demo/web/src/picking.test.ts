/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Answer, Picker, Prompts } from "./decoder";
import { Picking } from "./picking";
import { MOST_TAPS, NOBODY, tapped } from "./selection";
import type { Store } from "./state";
import { Store as RealStore } from "./state";
import { Sync } from "./sync";
import type { Photo, Role, Selection } from "./types";

Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined },
});

const PERSON = { mask: "found-1", box: [0, 0, 90, 90], anchor: [40, 50], thumbnail: "a.jpg" };
const PHOTO = {
  id: "one",
  width: 200,
  height: 100,
  people: [PERSON],
  offers: [],
  background: false,
  regions: {},
  other: null,
  result: null,
} as unknown as Photo;
const SIDE = 4;

/** A page whose decodes and whose server answer when the test says so. */
function page() {
  const decodes: Array<{ prompts: Prompts; end: () => void }> = [];
  const asked: Array<{ path: string; body: Record<string, unknown>; end: () => void }> = [];
  const known: Partial<Record<Role, Selection>> = {};
  let photo = PHOTO;
  globalThis.fetch = ((address: string, { body }: { body: string }) => {
    const sent = body ? JSON.parse(body) : {};
    const path = new URL(address).pathname.split("/").pop()!;
    return new Promise((resolve) => {
      const answer = () => {
        const { role, ...selection } = sent as { role: Role } & Selection;
        if (path === "choose") known[role] = selection.taps.length || selection.mask ? selection : undefined;
        const region = (selection: Selection) => ({
          mask: "m.png",
          outline: [[0, 0, 9, 0, 9, 9]],
          box: [0, 0, 9, 9],
          anchor: [7, 8],
          selection,
        });
        const regions = Object.fromEntries(
          Object.entries(known).flatMap(([each, one]) => (one ? [[each, region(one)]] : [])),
        );
        photo = { ...photo, regions, result: null } as Photo;
        resolve(new Response(JSON.stringify(photo), { status: 200 }));
      };
      asked.push({ path, body: sent, end: answer });
    });
  }) as typeof fetch;
  const picker = {
    state: "ready",
    tap: (prompts: Prompts) =>
      new Promise<Answer>((resolve) => {
        const logits = new Float32Array(SIDE * SIDE).fill(1);
        const found = { logits, side: SIDE, columns: SIDE, rows: SIDE, level: "person", levels: ["person"] };
        decodes.push({ prompts, end: () => resolve(found as unknown as Answer) });
      }),
  } as unknown as Picker;
  const store: Store = new RealStore();
  store.restart(PHOTO);
  const say = (key: string) => key;
  const sync = new Sync(store, say);
  return { store, picking: new Picking(store, sync, picker, say), decodes, asked };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Let the server answer everything that it is asked. */
async function answered(asked: Array<{ end: () => void }>): Promise<void> {
  for (let done = 0; done < asked.length; done++) {
    asked[done]!.end();
    await settle();
  }
}

test("a tap that is still decoded is not taken back by the answer to the one before", async () => {
  const { store, picking, decodes, asked } = page();
  picking.tap(20, 20, 5);
  decodes[0]!.end();
  await settle();
  picking.tap(150, 50, 5);
  await answered(asked);
  assert.deepEqual(store.state.selections.match.taps, [[150, 50, true]]);
  decodes[1]!.end();
  await settle();
  await answered(asked);
  const chosen = asked.filter(({ path }) => path === "choose").map(({ body }) => [body.role, body.taps]);
  assert.deepEqual(chosen.at(-1), ["match", [[150, 50, true]]]);
  assert.deepEqual(store.state.selections.match.taps, [[150, 50, true]]);
});

test("who was chosen is followed by whom to match", async () => {
  const { picking, decodes, asked } = page();
  picking.tap(20, 20, 5);
  decodes[0]!.end();
  await settle();
  await answered(asked);
  assert.deepEqual(asked.map(({ path }) => path), ["choose", "suggest"]);
});

test("whom we found becomes a tap in them, also before the server has answered", async () => {
  const { store, picking } = page();
  picking.take(store.state.photo!.people[0]!, "change");
  store.update({ role: "change", touched: "change", tool: "add" });
  picking.tap(80, 80, 5);
  assert.deepEqual(store.state.selections.change.taps, [
    [40, 50, true],
    [80, 80, true],
  ]);
});

test("who is known to the server alone is refined when it has said where they are", async () => {
  const { store, picking, asked } = page();
  store.update({ photo: { ...PHOTO, people: [] } });
  picking.take(PERSON as unknown as Photo["people"][0], "change");
  store.update({ role: "change", touched: "change", tool: "add" });
  picking.tap(80, 80, 5);
  assert.deepEqual(store.state.selections.change.taps, []);
  await settle();
  await answered(asked);
  await settle();
  assert.deepEqual(store.state.selections.change.taps, [
    [7, 8, true],
    [80, 80, true],
  ]);
});

test("who changes the selection while it is harmonized is led back to it", async () => {
  const { store, picking, decodes, asked } = page();
  picking.tap(20, 20, 5);
  decodes[0]!.end();
  await settle();
  store.update({ view: "result", photo: { ...PHOTO, result: {} as Photo["result"] } });
  await answered(asked);
  assert.equal(store.state.photo!.result, null);
  assert.equal(store.state.view, "select");
});

test("no more points than the server takes", () => {
  const { store, picking } = page();
  const taps = Array.from({ length: MOST_TAPS }, (_, at) => [2 * at, 9, true]) as Selection["taps"];
  const change: Selection = { ...NOBODY, taps };
  store.update({ selections: { ...store.state.selections, change }, touched: "change", tool: "add" });
  picking.tap(3, 90, 0.1);
  assert.equal(store.state.selections.change.taps.length, MOST_TAPS);
  assert.equal(store.state.note, "note_most_taps");
});

test("what a tap with shift would take from is said of the right person", () => {
  const { store, picking } = page();
  store.update({
    selections: { ...store.state.selections, change: tapped(20, 20, "person") },
    drafts: {
      change: {
        key: "drawn",
        polygons: [[0, 0, 60, 0, 60, 60, 0, 60]],
        mask: null,
        box: [0, 0, 60, 60],
        grow: 0,
        strokes: [],
      },
    },
    role: "match",
    touched: "change",
  });
  const meant = picking.intention(30, 30, true)!;
  assert.deepEqual([meant.role, meant.refines], ["change", true]);
  const other = picking.intention(150, 50, false)!;
  assert.deepEqual([other.role, other.refines], ["match", false]);
});

test("clear is for the role that is shown as chosen, also where we found whom to match", () => {
  const { store, picking } = page();
  const change = tapped(20, 20, "person");
  const match: Selection = { ...NOBODY, mask: "found-1", automatic: true };
  store.update({ selections: { change, match }, role: "match", touched: "change" });
  picking.clear();
  assert.deepEqual(store.state.selections, { change, match: NOBODY });
  picking.clear();
  assert.deepEqual(store.state.selections.change, change);
  picking.selectRole("change");
  picking.clear();
  assert.deepEqual(store.state.selections.change, NOBODY);
});

test("tools change who is there, whichever role is chosen", () => {
  const { store, picking } = page();
  const change = tapped(20, 20, "person");
  const found: Selection = { ...NOBODY, mask: "found-1", automatic: true };
  const editable = (match: Selection, role: Role, touched: Role) => {
    store.update({ selections: { change, match }, role, touched });
    return picking.editable();
  };
  assert.equal(editable(NOBODY, "match", "match"), "change"); // it was cleared
  assert.equal(editable(found, "match", "change"), "change"); // rather than whom we found ...
  assert.equal(editable(found, "match", "match"), "match"); // ... but where people asked for it
  assert.equal(editable(tapped(90, 20, "person"), "match", "change"), "match");
  assert.equal(editable({ ...NOBODY, photo: "two" }, "match", "match"), "change");
  store.update({ selections: { change: NOBODY, match: NOBODY } });
  assert.equal(picking.editable(), null);
});

test("a tap cannot undo what was painted there, and says so", () => {
  const { store, picking } = page();
  const painted: Selection = {
    ...tapped(20, 20, "person"),
    strokes: [
      { points: [100, 50, 150, 50], radius: 10, erase: false },
      { points: [150, 50], radius: 4, erase: true },
    ],
  };
  const selections = { ...store.state.selections, change: painted };
  const told = (tool: "add" | "remove", x: number, y: number) => {
    store.update({ selections, tool, note: null, touched: "change" });
    picking.tap(x, y, 0.1);
    return [store.state.note, store.state.selections.change.taps.length];
  };
  assert.deepEqual(told("remove", 120, 59), ["note_painted", 1]);
  assert.deepEqual(told("remove", 120, 61), ["spoken_removed", 2]);
  assert.deepEqual(told("remove", 95, 50), ["note_painted", 1]);
  assert.deepEqual(told("add", 120, 50), ["spoken_added", 2]);
  assert.deepEqual(told("add", 150, 52), ["note_painted", 1]); // erased last
});

test("a chip chooses, also while taps add to somebody else", () => {
  const { store, picking } = page();
  const change = tapped(20, 20, "person");
  store.update({ selections: { ...store.state.selections, change }, tool: "add" });
  picking.take(store.state.photo!.people[0]!, "match");
  const { role, tool, selections } = store.state;
  assert.deepEqual([role, tool, selections.match.mask], ["match", "pick", "found-1"]);
  assert.deepEqual(selections.change, change);
});

test("the same note again is another one", () => {
  const { store } = page();
  const before = store.state.notes;
  store.update({ note: "spoken_undone" });
  store.update({ note: "spoken_undone" });
  store.update({ note: null });
  assert.equal(store.state.notes, before + 2);
});
