/** What the picker asks of the server: the embedding, and masks where the page cannot decode. */

import { Refusal } from "../server";
import type { Decoded } from "./messages";
import type { PickerPhoto, Prompts } from "./types";
import { unpackCandidates } from "./wire";

export async function fetchEmbedding(photo: PickerPhoto, signal: AbortSignal): Promise<ArrayBuffer> {
  return (await ask(photo, "embedding", { signal })).arrayBuffer();
}

/** What stands out in the photo: a byte for each pixel of the logits that lies in it. */
export async function fetchSalient(photo: PickerPhoto, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await ask(photo, "salient", { signal })).arrayBuffer());
}

export async function decodeOnServer(
  photo: PickerPhoto,
  { taps, box }: Prompts,
  signal: AbortSignal,
): Promise<Decoded> {
  const response = await ask(photo, "decode", {
    method: "POST",
    body: JSON.stringify({ taps, box }),
    headers: { "Content-Type": "application/json", "X-IPH": "1" },
    signal,
  });
  return unpackCandidates(await response.arrayBuffer(), photo);
}

/** Throws Refusal, with a sentence where the server has one. */
async function ask(photo: PickerPhoto, step: string, request: RequestInit): Promise<Response> {
  const address = new URL(`iph/photos/${photo.id}/${step}`, document.baseURI);
  const response = await fetch(address, { credentials: "same-origin", ...request });
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new Refusal(typeof answer.error === "string" ? answer.error : "");
}
