/** Run by tests/demo/test_page_scripts.py with Node's own test runner: outlines at the border. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { beyondBorder } from "./shape";

const SIZE: [number, number] = [100, 80];
const around = (...polygon: number[]): number[] => beyondBorder([polygon], SIZE, 10, 1)[0]!;

test("an outline inside the photo stays as it is", () => {
  assert.deepEqual(around(20, 20, 60, 20, 60, 50), [20, 20, 60, 20, 60, 50]);
});

test("along a side it runs outside, and leaves and enters the photo where it did", () => {
  assert.deepEqual(
    around(20, 40, 60, 40, 60, 79.5, 20, 79.5),
    [20, 40, 60, 40, 60, 79.5, 60, 89.5, 20, 89.5, 20, 79.5],
  );
});

test("it goes around a corner of the photo, which does not end the region either", () => {
  assert.deepEqual(
    around(0, 0, 50, 0, 50, 30, 0, 30),
    [-10, -10, 50, -10, 50, 0, 50, 30, 0, 30, -10, 30],
  );
});

test("an edge from one side to another crosses the photo and stays", () => {
  assert.deepEqual(around(0, 40, 60, 0, 0, 0), [-10, 40, 0, 40, 60, 0, 60, -10, -10, -10]);
});

test("a tip that touches a side stays", () => {
  assert.deepEqual(around(50, 0, 70, 40, 30, 40), [50, 0, 70, 40, 30, 40]);
});
