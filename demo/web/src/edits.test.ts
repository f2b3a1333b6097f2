/** Run by tests/demo/test_page_scripts.py with Node's own test runner. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { edgeAt, stepOf } from "./edits";
import { thinned } from "./selection";
import { brushAt, placeOf } from "./tools";

const PHONE = { width: 8000, height: 6000 }; // 48 megapixels
const SMALL = { width: 500, height: 400 };

for (const { width } of [PHONE, SMALL]) {
  test(`the edge of a photo ${width} pixels wide moves by half pixels at first`, () => {
    const steps = Array.from({ length: 31 }, (_, step) => edgeAt(step, width));
    assert.deepEqual(steps.slice(0, 6), [0, 0.5, 1, 1.5, 2, 2.5]);
    for (const [step, pixels] of steps.entries()) {
      assert.ok(edgeAt(-step, width) === -pixels);
      assert.equal(stepOf(pixels, width), step);
      assert.ok(stepOf(-pixels, width) === -step);
      assert.ok(!step || pixels > steps[step - 1]!);
      assert.equal(pixels * 2, Math.round(pixels * 2));
    }
    assert.ok(steps[30]! >= 0.02 * width);
  });
}

test("a slider stands at the step nearest to an edge that it cannot reach itself", () => {
  assert.equal(stepOf(-0.3, PHONE.width), -1);
  assert.equal(stepOf(1000, PHONE.width), 30);
});

for (const photo of [PHONE, SMALL]) {
  test(`the finest brush of a photo ${photo.width} pixels wide is a single pixel`, () => {
    assert.ok(Math.abs(brushAt(0, photo) * photo.width - 0.5) < 1e-9);
    assert.ok(Math.abs(brushAt(1, photo) - 0.08) < 1e-9);
    assert.ok(Math.abs(placeOf(brushAt(0.3, photo), photo) - 0.3) < 1e-9);
  });
}

test("a dab names the pixel that it is in, and not its neighbor", () => {
  const dab = { points: [10.7, 20.2], radius: 0.5, erase: true };
  assert.deepEqual(thinned(dab, 1), { points: [10, 20], radius: 0.5, erase: true });
});
