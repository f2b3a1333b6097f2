/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the worker is played here. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Picker } from ".";
import type { Asked } from "./messages";
import type { PickerPhoto, PickerSetup } from "./types";

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const workers: PlayedWorker[] = [];

/** Answers every question at once; those that load, as the test says. */
class PlayedWorker {
  static loads = true;
  terminated = false;
  private react: (event: unknown) => void = () => undefined;
  constructor() {
    workers.push(this);
  }
  addEventListener(kind: string, react: (event: unknown) => void): void {
    if (kind === "message") this.react = react;
  }
  postMessage({ id, question }: Asked): void {
    const error = question.kind === "load" && !PlayedWorker.loads ? "no connection" : undefined;
    queueMicrotask(() => this.react({ data: { id, error } }));
  }
  terminate(): void {
    this.terminated = true;
  }
}

Object.assign(globalThis, {
  document: { baseURI: "http://page/", location: { search: "" } },
  window: {},
  self: {},
  Worker: PlayedWorker,
  fetch: async () => new Response(new ArrayBuffer(8)),
});
console.info = () => undefined;

const setup = { worker: "worker.js", runtime: "wasm", graph: "g", photoGraph: "p" } as PickerSetup;
const photo = (id: string) => ({ id, company: null }) as unknown as PickerPhoto;

test("a decoder that was not to be had is asked for again with the next photo", async () => {
  const picker = new Picker(setup);
  PlayedWorker.loads = false;
  await picker.open(photo("one"));
  assert.equal(picker.state, "server");
  assert.deepEqual(workers.map(({ terminated }) => terminated), [true], "it was left running");

  PlayedWorker.loads = true;
  await picker.open(photo("two"));
  assert.equal(picker.state, "ready");
  await picker.open(photo("three"));
  assert.equal(picker.state, "ready");
  await settle();
  assert.deepEqual(workers.map(({ terminated }) => terminated), [true, false]);
});

test("what decodes is fetched after what comes first, while the server answers taps", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const settled = () => new Promise(setImmediate);
  const asked: string[] = [];
  globalThis.fetch = (async (address: string) => {
    asked.push(new URL(address).pathname);
    return new Response(new ArrayBuffer(8));
  }) as typeof fetch;
  workers.length = 0;
  const picker = new Picker(setup);
  let come: () => void = () => undefined;
  const opened = picker.open(photo("one"), new Promise((resolve) => (come = resolve)));
  const tapped = picker.tap({ taps: [[1, 1, true]], box: null, level: "person" });
  tapped.catch(() => undefined); // The server's answer is none.
  await settled();
  mock.timers.tick(4000);
  await settled();
  assert.deepEqual([asked, workers.length], [["/iph/photos/one/decode"], 0]);
  come();
  await opened;
  assert.equal(picker.state, "ready");
  assert.deepEqual([asked.slice(1), workers.length], [["/iph/photos/one/embedding"], 1]);

  const left = picker.open(photo("two"), new Promise((resolve) => (come = resolve)));
  picker.close();
  come();
  await left;
  assert.deepEqual([asked.length, picker.state], [2, "idle"], "a photo that was closed is fetched");
  mock.timers.reset();
});
