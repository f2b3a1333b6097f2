/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the sliders are played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../state";
import type { Photo } from "../types";
import { rememberSliders } from "./remember";
import { Setting } from "./setting";
import { AS_MADE, UNMOVED } from "./types";
import type { Settings } from "./types";

/** A slider as much as is listened to; the test is the hand, and the clock in milliseconds. */
class Played {
  valueAsNumber = 0;
  private readonly reactions: Array<[string, (event: unknown) => void]> = [];

  addEventListener(kind: string, react: (event: unknown) => void): void {
    this.reactions.push([kind, react]);
  }

  tell(kind: string, timeStamp = 0): void {
    for (const [each, react] of this.reactions) if (each === kind) react({ timeStamp });
  }

  input(value: number, at: number): void {
    this.valueAsNumber = value;
    this.tell("input", at);
  }

  /** A key: browsers tell of each that the value is settled. */
  key(value: number, at: number): void {
    this.input(value, at);
    this.tell("change", at);
  }

  drag(at: number, ...values: number[]): void {
    this.tell("pointerdown", at);
    values.forEach((value, index) => this.input(value, at + 2000 * index)); // a slow hand
    this.tell("pointerup");
    this.tell("change");
  }
}

const offline = { goTo: () => assert.fail("the server is not needed") };

/** A result with its sliders for strength and blend. */
function result() {
  const store = new Store();
  const setting = new Setting(store, offline);
  const slider = (read: (value: number) => Partial<Settings>): Played => {
    const made = new Played();
    setting.listenTo(made as unknown as HTMLInputElement, read);
    return made;
  };
  const strength = slider((value) => ({ strength: value }));
  const blend = slider((value) => ({ blend: value }));
  const now = () => [store.state.strength, store.state.blend];
  const steps = () => [store.state.settled.past.length, store.state.settled.future.length];
  return { store, setting, strength, blend, now, steps };
}

test("a whole drag is one step, however slow, and the next one another", () => {
  const { setting, strength, now, steps } = result();
  strength.drag(0, 0.9, 0.8, 0.7);
  strength.drag(5000, 0.6, 0.4);
  assert.deepEqual([now(), steps()], [[0.4, 0.5], [2, 0]]);
  setting.undo();
  assert.deepEqual([now(), steps()], [[0.7, 0.5], [1, 1]]);
  setting.undo();
  assert.deepEqual([now(), steps()], [[1, 0.5], [0, 2]]);
  setting.undo();
  assert.deepEqual(now(), [1, 0.5]);
  setting.redo();
  setting.redo();
  setting.redo();
  assert.deepEqual([now(), steps()], [[0.4, 0.5], [2, 0]]);
});

test("keys in a row are one step; a rest or another slider begins the next", () => {
  const { strength, blend, steps } = result();
  for (const at of [0, 400, 1300]) strength.key(1 - at / 10_000, at);
  assert.deepEqual(steps(), [1, 0]);
  strength.key(0.8, 2400);
  assert.deepEqual(steps(), [2, 0]);
  blend.key(0.6, 2500);
  strength.key(0.7, 2600);
  assert.deepEqual(steps(), [4, 0]);
});

test("what comes right after the slider was let go belongs to the drag", () => {
  const { strength, steps } = result();
  strength.drag(0, 0.9);
  strength.input(0.89, 20);
  assert.deepEqual(steps(), [1, 0]);
});

test("after undo the next key is a step, and what was undone is gone", () => {
  const { setting, strength, now, steps } = result();
  strength.key(0.9, 0);
  strength.key(0.8, 100);
  setting.undo();
  assert.deepEqual(now(), [1, 0.5]);
  strength.key(0.95, 200);
  assert.deepEqual([now(), steps()], [[0.95, 0.5], [1, 0]]);
});

test("a reload keeps where the sliders stand, and their undo", () => {
  const kept = new Map<string, string>();
  const sessionStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
  Object.assign(globalThis, { sessionStorage });
  const shown = (after: string) => {
    const store = new Store();
    rememberSliders(store);
    store.update({ view: "result", photo: { result: { after } } as Photo });
    return { store, setting: new Setting(store, offline) };
  };
  const first = shown("one.jpg");
  first.setting.set({ strength: 0.8 });
  first.setting.set({ strength: 0.6 });
  first.setting.undo();
  const { store, setting } = shown("one.jpg");
  assert.equal(store.state.strength, 0.8);
  setting.redo();
  assert.equal(store.state.strength, 0.6);
  setting.undo();
  setting.undo();
  assert.equal(store.state.strength, 1);
  const another = shown("two.jpg").store.state;
  assert.deepEqual([another.strength, another.settled.past.length], [1, 0]);
});

test("reset is a step of its own", () => {
  const { store, setting } = result();
  const moved = { ...UNMOVED, warmth: 5 };
  setting.set({ moved });
  setting.set({ moved: UNMOVED });
  setting.undo();
  assert.deepEqual(store.state.moved, moved);
  assert.equal(store.state.note, "spoken_undone");
  setting.undo();
  assert.deepEqual(store.state.moved, AS_MADE.moved);
});
