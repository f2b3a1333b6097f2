/** What the picker asks of the server: the embedding, and masks where the page cannot decode. */

import { load } from "../ask";
import type { Decoded } from "./messages";
import type { PickerPhoto, Prompts } from "./types";
import { unpackCandidates } from "./wire";

export async function fetchEmbedding(photo: PickerPhoto, signal: AbortSignal): Promise<ArrayBuffer> {
  return read(photo, "embedding", { signal });
}

/** What stands out in the photo: a byte for each pixel of the logits that lies in it. */
export async function fetchSalient(photo: PickerPhoto, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await read(photo, "salient", { signal }));
}

export async function decodeOnServer(
  photo: PickerPhoto,
  { taps, box }: Prompts,
  signal: AbortSignal,
): Promise<Decoded> {
  const answer = await read(photo, "decode", {
    method: "POST",
    body: JSON.stringify({ taps, box }),
    headers: { "Content-Type": "application/json", "X-IPH": "1" },
    signal,
  });
  return unpackCandidates(answer, photo);
}

/** Throws Refusal, with a sentence where the server has one. */
const read = (photo: PickerPhoto, step: string, request: RequestInit): Promise<ArrayBuffer> =>
  load(`iph/photos/${photo.id}/${step}`, (response) => response.arrayBuffer(), request);
