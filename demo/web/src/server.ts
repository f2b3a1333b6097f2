import { inLine, newTicket } from "./line";
import type { Say } from "./texts";
import type { Photo, Role, Selection, ServerState } from "./types";
import { posted } from "./upload";
import type { Watch } from "./upload";

/** An answer that carries a sentence for people. */
export class Refusal extends Error {
  constructor(
    sentence: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

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

const address = (path: string) => new URL(path, document.baseURI).href;

export async function call<T>(method: string, path: string, body?: BodyInit, headers = {}): Promise<T> {
  const ticket = newTicket();
  const asked = fetch(address(path), {
    method,
    body,
    headers: { "X-IPH": "1", "X-IPH-Ticket": ticket, ...headers },
    credentials: "same-origin",
  });
  return answerOf(await inLine(ticket, asked));
}

/** A file, told how much of it is sent; under its ticket it can be sent again, and is there once. */
async function sendFile<T>(path: string, file: File, watch: Watch, ticket = newTicket()): Promise<T> {
  const headers = {
    "X-IPH": "1",
    "X-IPH-Ticket": ticket,
    "Content-Type": "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
  };
  return answerOf(await inLine(ticket, posted(address(path), file, headers, watch)));
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T; // An answer that breaks off is none.
  const refusal = await response.json().catch(() => ({}));
  const sentence = typeof refusal.error === "string" ? refusal.error : "";
  if (response.status === 404) tellMissing(sentence);
  throw new Refusal(sentence, response.status);
}

export const send = <T>(path: string, body: unknown): Promise<T> =>
  call("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });

const photos = "iph/photos";

export const server = {
  state: (): Promise<ServerState> => call("GET", "iph/state"),

  /** host: the id of the photo that is to take this one's look. */
  upload: (file: File, watch: Watch, ticket: string, host = ""): Promise<Photo> =>
    sendFile(host ? `${photos}?for=${host}` : photos, file, watch, ticket),

  openExample: (name: string, ticket: string): Promise<Photo> =>
    call("POST", `iph/examples/${encodeURIComponent(name)}`, "", { "X-IPH-Ticket": ticket }),

  prepare: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/prepare`, ""),

  choose: (id: string, role: Role, selection: Selection): Promise<Photo> =>
    send(`${photos}/${id}/choose`, { role, ...selection }),

  bringMask: (id: string, role: Role, file: File, watch: Watch): Promise<Photo & { swapped: boolean }> =>
    sendFile(`${photos}/${id}/mask?role=${role}`, file, watch),

  saveMask: (id: string, role: Role): Promise<{ url: string; name: string }> =>
    send(`${photos}/${id}/save-mask`, { role }),

  suggest: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/suggest`, ""),

  harmonize: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/harmonize`, ""),

  remove: (id: string): Promise<void> => call("DELETE", `${photos}/${id}`),

  async picture(path: string): Promise<ImageBitmap> {
    const response = await fetch(address(path), { credentials: "same-origin" });
    if (!response.ok) throw new Refusal("");
    return createImageBitmap(await response.blob());
  },

  async file(path: string): Promise<Blob> {
    const response = await fetch(address(path), { credentials: "same-origin" });
    if (!response.ok) throw new Refusal("", response.status);
    return response.blob();
  },

  /** Whether a picture is there still; where that cannot be known, it is. */
  async has(path: string): Promise<boolean> {
    const response = await fetch(address(path), { credentials: "same-origin" }).catch(() => null);
    return response?.status !== 404;
  },

  address,
};
