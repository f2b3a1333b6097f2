/** Run by tests/demo/test_page_scripts.py with Node's own test runner; the browser is played here. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Flow } from "../flow";
import { Refusal } from "../ask";
import { Store } from "../state";
import type { State } from "../state";
import type { Photo } from "../types";
import type { ResultActions } from "./actions";
import { sendButton } from "./send";
import { Setting } from "./setting";
import { sharePanel } from "./sharing";
import { adjustSliders } from "./sliders";
import type { Numbers } from "./types";

/** As much of an element as the panel asks of one. */
class Played {
  [name: string]: unknown;
  readonly attributes: Record<string, string> = {};
  children: Played[] = [];
  textContent = "";
  value = "";
  disabled = false;
  readonly style = { setProperty: () => undefined };
  readonly classList = { add: (name: string) => (this.attributes.class += ` ${name}`) };
  private readonly reactions: Array<() => void> = [];
  constructor(readonly tag: string) {}
  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
    if (name === "value") this.value = value;
  }
  getAttribute(name: string): string | null {
    return this.attributes[name] ?? null;
  }
  append(...children: Array<Played | string>): void {
    for (const child of children) {
      if (typeof child === "string") this.textContent += child;
      else this.children.push(child);
    }
  }
  replaceChildren(...children: Played[]): void {
    this.children = children;
  }
  addEventListener(kind: string, react: () => void): void {
    if (kind === "click") this.reactions.push(react);
  }
  click(): void {
    for (const react of this.reactions) react();
  }
  querySelector(): null {
    return null;
  }
  contains(): boolean {
    return false;
  }
  scrollIntoView(): void {}
  /** Every element in it, itself first. */
  all(): Played[] {
    return [this, ...this.children.flatMap((child) => child.all())];
  }
}

const shelf = new Map<string, string>();
Object.assign(globalThis, {
  document: {
    baseURI: "http://page/",
    documentElement: { lang: "en" },
    activeElement: null,
    createElement: (tag: string) => new Played(tag),
  },
  window: {
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    matchMedia: () => ({ matches: true }),
    setTimeout,
  },
  localStorage: {
    getItem: (name: string) => shelf.get(name) ?? null,
    setItem: (name: string, value: string) => shelf.set(name, value),
  },
});

const browserWith = (value: object) =>
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
browserWith({});

const say = (key: string) => key;
const settle = (milliseconds = 10) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const photo = { id: "one", result: { before: "before.jpg", after: "after.jpg" }, regions: {} };
const shown = (page: Played[], text: string) =>
  page.flatMap((each) => each.all()).find((it) => it.textContent === text);

type Answering = (method: string, path: string, body: string) => Response | Promise<Response>;

/** The page with a result; `answer` plays the server. */
function page(answer: Answering) {
  globalThis.fetch = (async (address: string, { method = "GET", body = "" } = {}) =>
    answer(method, new URL(address).pathname.slice(1), body)) as unknown as typeof fetch;
  const store = new Store();
  store.update({ photo: photo as unknown as Photo, view: "result" });
  const flow = {
    setup: { share_days: 30 },
    enqueue: async (step: (photo: Photo, here: () => boolean) => Promise<void>) => {
      await step(store.state.photo!, () => true).catch((error) => {
        store.update({ error: error instanceof Refusal ? error.message : "lost" });
      });
      store.update({ busy: null });
    },
  } as unknown as Flow;
  return { store, flow };
}

const json = (body: unknown) => new Response(JSON.stringify(body));

// Sliders

test("sliders wait for the numbers of the result on the stage", () => {
  const { store } = page(() => json({}));
  const fold = adjustSliders(store, new Setting(store, {} as ResultActions), say) as unknown as Played;
  const waits = () => fold.all().filter(({ tag }) => tag === "input").map(({ disabled }) => disabled);
  const point = { strength: 1, pivot: 50, change: {} };
  const numbersOf = (of: string) => ({ of, points: [point, point], second: null }) as unknown as Numbers;
  assert.deepEqual(new Set(waits()), new Set([true]));
  store.update({ numbers: numbersOf("before.jpg") });
  assert.deepEqual(new Set(waits()), new Set([false]));
  store.update({ photo: { ...photo, result: { before: "other.jpg" } } as unknown as Photo });
  assert.deepEqual(new Set(waits()), new Set([true]), "they stand for another result");
});

// Share

const HOUR = 60 * 60 * 1000;
const share = (id: string, hours = 720) => ({
  id,
  url: `https://page/iph/s/${id}`,
  caption: id,
  created: new Date(Date.now() - hours).toISOString(),
  expires: new Date(Date.now() + hours * HOUR).toISOString(),
});
const made = (id: string, hours = 720) => ({
  ...share(id, hours),
  token: `token-${id}`,
  delete_url: `https://page/iph/s/${id}/delete#token-${id}`,
});

function panel(answer: Answering) {
  const { store, flow } = page(answer);
  const [open, region] = sharePanel(store, flow, say) as unknown as [Played, Played];
  open.click();
  const entries = () => region.all().filter((it) => it.attributes["data-id"]);
  const links = () => region.all().filter((it) => it.attributes["aria-label"] === "share_delete_link");
  return { store, region, entries, deletions: () => links().map(({ value }) => value) };
}

test("the maker gets the link that deletes, also when the session is over", async () => {
  shelf.clear();
  let session: unknown[] = [];
  const first = panel((method) => {
    if (method === "POST") session = [share("pier")];
    return json(method === "POST" ? made("pier") : { shares: session });
  });
  await settle();
  shown([first.region], "share_make")!.click();
  await settle();
  assert.deepEqual(first.deletions(), ["https://page/iph/s/pier/delete#token-pier"]);

  const asked: string[] = [];
  const later = panel((method, path) => {
    asked.push(`${method} ${path}`);
    return method === "DELETE" ? new Response(null, { status: 204 }) : json({ shares: [] });
  });
  await settle();
  assert.deepEqual(later.deletions(), ["https://page/iph/s/pier/delete#token-pier"]);
  shown(later.entries(), "share_delete")!.click();
  await settle();
  assert.ok(asked.includes("DELETE iph/s/pier"));
  assert.deepEqual(later.entries(), []);
});

test("what has expired is not listed, and what was deleted elsewhere can be let go", async () => {
  const own = [made("old", -1), made("gone")].map(({ delete_url, ...it }) => ({ ...it, deleteUrl: delete_url }));
  shelf.set("iph-shares", JSON.stringify(own));
  const { region, entries, store } = panel((method) =>
    method === "DELETE" ? new Response("{}", { status: 404 }) : json({ shares: [] }),
  );
  await settle();
  assert.deepEqual(entries().map((it) => it.attributes["data-id"]), ["gone"]);
  shown([region], "share_delete")!.click();
  await settle();
  assert.deepEqual(entries(), []);
  assert.equal(store.state.error, null);
});

test("a link whose answer was lost is asked for again, under the same secret", async () => {
  shelf.clear();
  const tokens: string[] = [];
  const { region, deletions, store } = panel((method, _, body) => {
    if (method !== "POST") return json({ shares: [share("pier")] });
    tokens.push(JSON.parse(body).token);
    return tokens.length === 1 ? Promise.reject(new TypeError("lost")) : json(made("pier"));
  });
  await settle();
  shown([region], "share_make")!.click();
  await settle(700);
  assert.deepEqual([store.state.error, tokens.length, tokens[0]], [null, 2, tokens[1]]);
  assert.match(tokens[0]!, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(deletions(), ["https://page/iph/s/pier/delete#token-pier"]);
});

// Send

/** The share sheet, as the test lets it open. */
function sheet(opens: () => Promise<void>): File[] {
  const sent: File[] = [];
  const share = async ({ files }: { files: File[] }) => {
    await opens();
    sent.push(...files);
  };
  browserWith({ canShare: ({ files }: { files: File[] }) => files.length > 0, share });
  return sent;
}

function sending() {
  const asked: string[] = [];
  const { store, flow } = page((method, path) => {
    asked.push(`${method} ${path}`);
    return method === "POST" ? json({ url: "made.jpg", name: "party.jpg" }) : new Response("picture");
  });
  store.update({ view: "result" });
  const [send] = sendButton(store, flow, say) as unknown as Played[];
  return { store, asked, send: send! };
}

test("the finished photo goes to the share sheet as a file", async () => {
  const sent = sheet(async () => undefined);
  const { store, asked, send } = sending();
  send.click();
  await settle();
  assert.deepEqual(sent.map(({ name, type }) => [name, type]), [["party.jpg", "image/jpeg"]]);
  assert.equal(await sent[0]!.text(), "picture");
  assert.deepEqual(asked, ["POST iph/photos/one/download", "GET made.jpg"]);
  assert.equal(store.state.note, null);
});

test("a file that took longer than a press counts waits for a second one", async () => {
  let late = true;
  const sent = sheet(async () => {
    if (late) throw new DOMException("no press", "NotAllowedError");
  });
  const { store, asked, send } = sending();
  send.click();
  await settle();
  assert.deepEqual([sent.length, send.textContent], [0, "send_ready"]);
  assert.equal(store.state.note, "note_send_ready");
  late = false;
  send.click();
  await settle();
  assert.deepEqual([sent.length, send.textContent, asked.length], [1, "send", 2]);

  late = true;
  send.click();
  await settle();
  assert.equal(send.textContent, "send_ready");
  store.update({ strength: 0.5 } as Partial<State>);
  assert.equal(send.textContent, "send", "what was made shows another strength");
  assert.equal(store.state.note, null);
});

test("leaving the result takes the word of a finished file along", async () => {
  sheet(async () => {
    throw new DOMException("no press", "NotAllowedError");
  });
  const { store, send } = sending();
  send.click();
  await settle();
  assert.equal(store.state.note, "note_send_ready");
  store.update({ view: "select" });
  assert.equal(store.state.note, null);
});

test("who closes the sheet hears of no error", async () => {
  sheet(() => Promise.reject(new DOMException("closed", "AbortError")));
  const { store, send } = sending();
  send.click();
  await settle();
  assert.deepEqual([store.state.error, store.state.note], [null, null]);
});

test("nothing is offered where a browser hands over no files", () => {
  browserWith({});
  const { store, flow } = page(() => json({}));
  assert.deepEqual(sendButton(store, flow, say), []);
});
