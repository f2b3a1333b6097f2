/** How the server is asked: by steps, for files, and with files. */

import { inLine, newTicket } from "./line";
import type { Say } from "./texts";
import { posted } from "./upload";
import type { Watch } from "./upload";

const WAITS = [500, 1000, 2000, 4000, 8000]; // milliseconds before each further try; the last for ever
const CUT_OFF = [408, 502, 503, 504]; // it stood still, or a proxy stands before a server that is away

/** An answer that carries a sentence for people. */
export class Refusal extends Error {
  constructor(
    sentence: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

/** When a question is asked again. */
export interface Trying {
  /** It may be asked twice, and is until the server was reached, as long as this holds. */
  wanted?: () => boolean;
  /** A busy server is asked again too; else people hear that it is busy. */
  patient?: boolean;
}

export interface Asking extends Trying {
  /** What is sent as JSON; a function is called at each try. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Under the same ticket a question that is asked again stays one. */
  ticket?: string;
}

/** For a step that is wanted until a signal says otherwise. */
export const until =
  (signal: AbortSignal): (() => boolean) =>
  () =>
    !signal.aborted;

export const always = (): boolean => true;

/** A step of the server, which may wait in its line; rejects with a Refusal where it says no. */
export function ask<T>(method: "GET" | "POST" | "DELETE", path: string, asking: Asking = {}): Promise<T> {
  const { body, headers, ticket } = asking;
  return tried(() => {
    const own = ticket ?? newTicket();
    const sent = typeof body === "function" ? body() : body;
    const request = {
      method,
      body: sent === undefined ? (method === "POST" ? "" : undefined) : JSON.stringify(sent),
      headers: { "X-IPH": "1", "X-IPH-Ticket": own, ...(sent === undefined ? {} : JSON_TYPE), ...headers },
    };
    return step<T>(inLine(own, fetched(path, request)));
  }, asking);
}

/** A file, told how much of it is sent; asked again under its ticket as long as it is watched. */
export function sendFile<T>(path: string, file: File, watch: Watch, ticket?: string): Promise<T> {
  return tried(
    () => {
      const own = ticket ?? newTicket();
      const headers = {
        "X-IPH": "1",
        "X-IPH-Ticket": own,
        "Content-Type": "application/octet-stream",
        "X-File-Name": encodeURIComponent(file.name),
      };
      return step<T>(inLine(own, posted(address(path), file, headers, watch)));
    },
    { wanted: until(watch.signal) },
  );
}

/** Something that is read from the server as it is. */
export function load<T>(
  path: string,
  read: (response: Response) => Promise<T>,
  { wanted, patient, ...request }: RequestInit & Trying = {},
): Promise<T> {
  return tried(async () => read(await answered(await fetched(path, request))), { wanted, patient });
}

export const address = (path: string): string => new URL(path, document.baseURI).href;

/** What reading a file fails with that is gone, or changed since it was chosen. */
const UNREADABLE = ["NotFoundError", "NotReadableError"];

/** What to tell people: the server's own sentence, else that the connection failed. */
export function sentenceFor(error: unknown, say: Say): string {
  if (error instanceof DOMException && UNREADABLE.includes(error.name)) return say("error_file_gone");
  return (error instanceof Refusal && error.message) || say("error_network");
}

let tellMissing: (sentence: string) => void = () => undefined;

/** Who is told, beside whoever asked, that something was not there. */
export function onMissing(listener: (sentence: string) => void): void {
  tellMissing = listener;
}

/** What became of a try; "dropped": nobody wants another one. */
export type Met = "server" | "nobody" | "dropped";

let tellMet: (met: Met) => void = () => undefined;

/** Who is told whether the server is reached, by questions that are asked again. */
export function onMet(listener: (met: Met) => void): void {
  tellMet = listener;
}

const JSON_TYPE = { "Content-Type": "application/json" };

const fetched = (path: string, request: RequestInit): Promise<Response> =>
  fetch(address(path), { credentials: "same-origin", ...request });

async function step<T>(asked: Promise<Response>): Promise<T> {
  try {
    const response = await answered(await asked);
    if (response.status === 204) return undefined as T;
    return (await response.json()) as T; // An answer that breaks off is none.
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) tellMissing(error.message);
    throw error;
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const refusal = await response.json().catch(() => ({}));
  throw new Refusal(typeof refusal.error === "string" ? refusal.error : "", response.status);
}

/** Rejects with what the server says, or when nobody wants the answer any longer. */
async function tried<T>(once: () => Promise<T>, { wanted, patient = false }: Trying): Promise<T> {
  if (!wanted) return once();
  for (let failures = 0; ; failures++) {
    if (!wanted()) throw new DOMException("Nobody wants it any longer.", "AbortError");
    try {
      const answer = await once();
      tellMet("server");
      return answer;
    } catch (error) {
      if (error instanceof Refusal) tellMet("server");
      if (!isPassing(error, patient)) throw error;
      if (!(error instanceof Refusal)) tellMet("nobody");
      if (wanted()) await waitOrOnline(WAITS[Math.min(failures, WAITS.length - 1)]!);
      if (wanted()) continue;
      tellMet("dropped");
      throw error;
    }
  }
}

function isPassing(error: unknown, patient: boolean): boolean {
  if (!(error instanceof Refusal)) return error instanceof TypeError; // what `fetch` rejects with
  const isBusy = error.status === 503 && error.message !== "";
  return isBusy ? patient : CUT_OFF.includes(error.status);
}

function waitOrOnline(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
  });
}
