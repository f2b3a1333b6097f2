import { inLine, newTicket } from "./line";
import type { Say } from "./texts";
import type { Photo, Role, Selection, ServerState } from "./types";

/** An answer that carries a sentence for people. */
export class Refusal extends Error {
  constructor(
    sentence: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

/** What to tell people: the server's own sentence, else that the connection failed. */
export function sentenceFor(error: unknown, say: Say): string {
  return (error instanceof Refusal && error.message) || say("error_network");
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
  const response = await inLine(ticket, asked);
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T; // An answer that breaks off is none.
  const refusal = await response.json().catch(() => ({}));
  throw new Refusal(typeof refusal.error === "string" ? refusal.error : "", response.status);
}

export const send = <T>(path: string, body: unknown): Promise<T> =>
  call("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });

const photos = "iph/photos";

export const server = {
  state: (): Promise<ServerState> => call("GET", "iph/state"),

  /** host: the id of the photo that is to take this one's look. */
  upload: (file: File, host = ""): Promise<Photo> =>
    call("POST", host ? `${photos}?for=${host}` : photos, file, {
      "Content-Type": "application/octet-stream",
      "X-File-Name": encodeURIComponent(file.name),
    }),

  openExample: (name: string): Promise<Photo> =>
    call("POST", `iph/examples/${encodeURIComponent(name)}`, ""),

  prepare: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/prepare`, ""),

  choose: (id: string, role: Role, selection: Selection): Promise<Photo> =>
    send(`${photos}/${id}/choose`, { role, ...selection }),

  bringMask: (id: string, role: Role, file: File): Promise<Photo & { swapped: boolean }> =>
    call("POST", `${photos}/${id}/mask?role=${role}`, file, {
      "Content-Type": "application/octet-stream",
      "X-File-Name": encodeURIComponent(file.name),
    }),

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

  address,
};
