/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the server is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { always, ask, load, onMet, onMissing, Refusal, sentenceFor } from "./ask";

let waits: number[] = [];
Object.assign(globalThis, {
  document: { baseURI: "http://page/" },
  window: { addEventListener: () => undefined, removeEventListener: () => undefined },
  setTimeout: ((react: () => void, time = 0) => {
    waits.push(time);
    queueMicrotask(react);
  }) as unknown as typeof setTimeout,
});

type Answer = [number, unknown] | "lost";
const LOST = new TypeError("lost");

/** A server that gives these answers, one after the other; what it was asked. */
function serverWith(...answers: Answer[]) {
  const asked: Array<{ path: string; request: RequestInit; ticket: string }> = [];
  const met: string[] = [];
  const missing: string[] = [];
  waits = [];
  onMet((what) => met.push(what));
  onMissing((sentence) => missing.push(sentence));
  globalThis.fetch = (async (address: string, request: RequestInit) => {
    const ticket = (request.headers as Record<string, string> | undefined)?.["X-IPH-Ticket"] ?? "";
    asked.push({ path: new URL(address).pathname, request, ticket });
    const answer = answers.shift()!;
    if (answer === "lost") throw LOST;
    return new Response(answer[0] === 204 ? null : JSON.stringify(answer[1]), { status: answer[0] });
  }) as unknown as typeof fetch;
  return { asked, met, missing };
}

test("a step is sent as JSON, with a ticket for the line", async () => {
  const { asked } = serverWith([200, { id: "one" }]);
  assert.deepEqual(await ask("POST", "iph/step", { body: { key: 1 } }), { id: "one" });
  const { path, request, ticket } = asked[0]!;
  assert.deepEqual([path, request.method, request.body], ["/iph/step", "POST", '{"key":1}']);
  assert.deepEqual(request.headers, {
    "X-IPH": "1",
    "X-IPH-Ticket": ticket,
    "Content-Type": "application/json",
  });
  assert.ok(ticket.length > 12);
});

test("a step without a body, and an answer without one", async () => {
  const { asked } = serverWith([204, null], [200, {}]);
  assert.equal(await ask("DELETE", "iph/step"), undefined);
  await ask("POST", "iph/step");
  assert.deepEqual(asked.map(({ request }) => request.body), [undefined, ""]);
});

test("what may be asked once only is", async () => {
  const { asked, met } = serverWith("lost");
  await assert.rejects(ask("POST", "iph/step"), LOST);
  assert.deepEqual([asked.length, met], [1, []]);
});

test("what may be asked again is until the server was reached, each time a little later", async () => {
  const lost: Answer[] = Array(6).fill("lost");
  const { asked, met } = serverWith(...lost, [502, {}], [408, {}], [200, 7]);
  assert.equal(await ask("POST", "iph/step", { wanted: always }), 7);
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  assert.deepEqual(met, [...Array(6).fill("nobody"), "server", "server", "server"]);
  assert.equal(new Set(asked.map(({ ticket }) => ticket)).size, 9);
});

test("a ticket and what is sent: one stays, the other is read anew", async () => {
  const { asked } = serverWith("lost", [200, 7]);
  let read = 0;
  await ask("POST", "iph/step", { ticket: "mine", body: () => ({ read: ++read }), wanted: always });
  assert.deepEqual(asked.map(({ ticket }) => ticket), ["mine", "mine"]);
  assert.deepEqual(asked.map(({ request }) => request.body), ['{"read":1}', '{"read":2}']);
});

test("people hear that the server is busy, unless the question can wait", async () => {
  const busy: Answer = [503, { error: "Come back in a minute." }];
  serverWith(busy);
  await assert.rejects(ask("POST", "iph/step", { wanted: always }), { message: "Come back in a minute." });
  serverWith(busy, [200, 7]);
  assert.equal(await ask("POST", "iph/step", { wanted: always, patient: true }), 7);
});

test("nobody is asked what nobody wants any longer", async () => {
  const { asked, met } = serverWith("lost");
  let isWanted = true;
  const wanted = () => isWanted;
  const step = ask("POST", "iph/step", { wanted });
  isWanted = false;
  await assert.rejects(step, LOST);
  await assert.rejects(ask("POST", "iph/step", { wanted }), { name: "AbortError" });
  assert.deepEqual([asked.length, met], [1, ["nobody", "dropped"]]);
});

test("a refusal carries the server's sentence; what a step misses is told, a file is not", async () => {
  const { missing } = serverWith([404, { error: "It is gone." }], [404, {}]);
  const read = (response: Response) => response.text();
  const refusal = await ask("POST", "iph/step").catch((error) => error);
  assert.ok(refusal instanceof Refusal);
  assert.deepEqual([refusal.message, refusal.status, missing], ["It is gone.", 404, ["It is gone."]]);
  const other = await load("iph/file", read).catch((error) => error);
  assert.deepEqual([other.message, other.status, missing.length], ["", 404, 1]);
  const say = (key: string) => key;
  assert.equal(sentenceFor(refusal, say), "It is gone.");
  assert.equal(sentenceFor(other, say), "error_network");
  assert.equal(sentenceFor(LOST, say), "error_network");
});

test("a file that breaks off is loaded again, and nothing is said of who asks for it", async () => {
  const { asked } = serverWith([200, 1], [200, 2]);
  let reads = 0;
  const read = async (response: Response) => {
    if (++reads === 1) throw LOST;
    return response.json();
  };
  assert.equal(await load("iph/file", read, { wanted: always }), 2);
  assert.deepEqual(asked[0]!.request, { credentials: "same-origin" });
});
