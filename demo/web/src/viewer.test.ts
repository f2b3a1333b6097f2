/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the stage is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { FIT } from "./camera";
import { Store } from "./state";
import type { Photo } from "./types";
import { Viewer } from "./viewer";

const window = { devicePixelRatio: 2 };
Object.assign(globalThis, { window });

/** A photo of 4000 x 2000 pixels on a stage of 400 x 200 that begins at 100, 50 of the window. */
function page() {
  const heard: Record<string, (event: unknown) => void> = {};
  const stage = {
    clientWidth: 400,
    clientHeight: 200,
    getBoundingClientRect: () => ({ left: 100, top: 50, width: 400, height: 200 }),
    addEventListener: (kind: string, react: (event: unknown) => void) => (heard[kind] = react),
  };
  const store = new Store();
  store.update({ photo: { width: 4000, height: 2000 } as Photo });
  const viewer = new Viewer(stage as unknown as HTMLElement, store);
  const camera = () => {
    const { zoom, left, top } = store.state.camera;
    return [zoom, left, top].map((value) => Math.round(value * 1e6) / 1e6);
  };
  const finger = (pointerId: number, clientX: number, clientY: number) =>
    ({ pointerId, clientX, clientY }) as PointerEvent;
  /** A step of the wheel; whether the page is kept from scrolling. */
  const wheel = (event: Partial<WheelEvent>): boolean => {
    let prevented = false;
    const told = { clientX: 100, clientY: 50, deltaX: 0, deltaY: 0, deltaMode: 0, ...event };
    heard.wheel!({ ...told, preventDefault: () => (prevented = true) });
    return prevented;
  };
  return { camera, finger, heard, store, viewer, wheel };
}

test("what lies under a place stays there while it is zoomed", () => {
  const { camera, viewer } = page();
  viewer.zoomAt({ clientX: 200, clientY: 100 }, 2); // a quarter from the left and from the top
  assert.deepEqual(camera(), [2, 0.125, 0.125]);
  assert.deepEqual(viewer.onPhoto({ clientX: 200, clientY: 100 }), [1000, 500]);
  assert.deepEqual(viewer.onPhoto({ clientX: 100, clientY: 50 }), [500, 250]);
  assert.equal(viewer.pixel, 5); // 4000 pixels on twice 400
  viewer.zoomAt({ clientX: 200, clientY: 100 }, 0);
  assert.deepEqual(camera(), [1, 0, 0]);
});

test("no closer than four CSS pixels to one of the photo, no further than all of it", () => {
  const { camera, viewer } = page();
  viewer.zoom(1000);
  assert.equal(camera()[0], 40);
  viewer.zoom(0.0001);
  assert.deepEqual(camera(), [1, 0, 0]);
});

test("the photo is moved no further than its edges", () => {
  const { camera, store, viewer } = page();
  viewer.zoom(2);
  assert.deepEqual(camera(), [2, 0.25, 0.25]);
  viewer.pan(0.1, -0.2);
  assert.deepEqual(camera(), [2, 0.2, 0.35]);
  viewer.pan(9, -9);
  assert.deepEqual(camera(), [2, 0, 0.5]);
  const { camera: before } = store.state;
  viewer.pan(1, -1);
  assert.equal(store.state.camera, before, "told though nothing moved");
});

test("a place is brought into the middle, or just into view", () => {
  const { camera, viewer } = page();
  viewer.center(4, [2000, 500]);
  assert.deepEqual(camera(), [4, 0.375, 0.125]);
  assert.deepEqual(viewer.middle, [2000, 500]);
  viewer.show([2100, 600]);
  assert.deepEqual(camera(), [4, 0.375, 0.125], "it was in view");
  viewer.show([3000, 600]); // with a room of 0.12 of the stage beside it
  assert.deepEqual(camera(), [4, 0.53, 0.125]);
  viewer.center(4, [0, 0]);
  assert.deepEqual(camera(), [4, 0, 0]);
});

test("full size is a pixel of the photo on one of the screen", () => {
  const { viewer } = page();
  assert.equal(viewer.fullZoom, 5); // 4000 pixels on 400 CSS pixels of two each
  window.devicePixelRatio = 4; // more than 3 nobody sees
  assert.equal(viewer.fullZoom, 4000 / 1200);
  window.devicePixelRatio = 2;
});

test("Ctrl and the wheel zooms, the wheel alone moves what is enlarged, else the page", () => {
  const { camera, wheel } = page();
  assert.equal(wheel({ deltaY: 40 }), false);
  assert.deepEqual(camera(), [1, 0, 0]);
  const closer = { ctrlKey: true, deltaY: -Math.log(2) / 0.0035 };
  assert.equal(wheel({ ...closer, clientX: 300, clientY: 150 }), true);
  assert.deepEqual(camera(), [2, 0.25, 0.25]);
  assert.equal(wheel({ deltaX: 80, deltaY: -20 }), true);
  assert.deepEqual(camera(), [2, 0.35, 0.2]);
  wheel({ deltaY: 1000 });
  assert.equal(wheel({ deltaY: 10 }), false, "at its edge the page scrolls on");
});

test("two fingers carry the photo by their middle and spread it; the one that is left moves it", () => {
  const { camera, finger, heard, viewer } = page();
  assert.equal(viewer.press(finger(1, 200, 150)), 1);
  assert.equal(viewer.press(finger(2, 300, 150)), 2);
  // Twice as far apart: the middle was at 250 and comes to 300, half of the stage.
  viewer.drag(finger(2, 400, 150), false);
  // 0.5 stays where it is while zooming, 50 CSS pixels more carry the photo to the right.
  assert.deepEqual(camera(), [2, 0.1875, 0.25]);
  heard.pointerup!(finger(1, 200, 150));
  assert.equal(viewer.fingers, 1);
  viewer.drag(finger(2, 360, 130), false);
  assert.deepEqual(camera(), [2, 0.1875, 0.25], "it carries only where it is to");
  viewer.drag(finger(2, 320, 120), true);
  assert.deepEqual(camera(), [2, 0.2375, 0.275]);
  heard.pointercancel!(finger(2, 320, 120));
  viewer.drag(finger(2, 100, 100), true);
  assert.deepEqual(camera(), [2, 0.2375, 0.275]);
  assert.equal(viewer.isDown(finger(2, 0, 0)), false);
});

test("plus and minus zoom around a place, 0 shows all, other keys do nothing", () => {
  const { camera, store, viewer } = page();
  assert.equal(viewer.key("+", 1, 0), true);
  assert.deepEqual(camera(), [1.4, 0.285714, 0]);
  viewer.key("=");
  viewer.key("-");
  viewer.key("-");
  assert.equal(camera()[0], 1);
  viewer.key("+");
  viewer.key("0");
  assert.deepEqual(store.state.camera, FIT);
  assert.equal(viewer.key("a"), false);
});
