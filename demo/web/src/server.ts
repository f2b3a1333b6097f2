import type { Photo, Role, ServerState, Tap } from "./types";

/** An answer that carries a sentence for people. */
export class Refusal extends Error {}

const address = (path: string) => new URL(path, document.baseURI).href;

async function call<T>(method: string, path: string, body?: BodyInit, headers = {}): Promise<T> {
  const response = await fetch(address(path), {
    method,
    body,
    headers: { "X-IPH": "1", ...headers },
    credentials: "same-origin",
  });
  if (response.status === 204) return undefined as T;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(typeof answer.error === "string" ? answer.error : "");
  return answer as T;
}

const send = <T>(path: string, body: unknown): Promise<T> =>
  call("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });

const photos = "iph/photos";

export const server = {
  state: (): Promise<ServerState> => call("GET", "iph/state"),

  upload: (file: File): Promise<Photo> =>
    call("POST", photos, file, {
      "Content-Type": "application/octet-stream",
      "X-File-Name": encodeURIComponent(file.name),
    }),

  openExample: (name: string): Promise<Photo> =>
    call("POST", `iph/examples/${encodeURIComponent(name)}`, ""),

  prepare: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/prepare`, ""),

  choose: (id: string, role: Role, taps: Tap[]): Promise<Photo> =>
    send(`${photos}/${id}/choose`, { role, taps }),

  suggest: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/suggest`, ""),

  harmonize: (id: string): Promise<Photo> => call("POST", `${photos}/${id}/harmonize`, ""),

  download: (id: string, strength: number): Promise<{ url: string; name: string }> =>
    send(`${photos}/${id}/download`, { strength }),

  remove: (id: string): Promise<void> => call("DELETE", `${photos}/${id}`),

  async picture(path: string): Promise<ImageBitmap> {
    const response = await fetch(address(path), { credentials: "same-origin" });
    if (!response.ok) throw new Refusal("");
    return createImageBitmap(await response.blob());
  },

  address,
};
