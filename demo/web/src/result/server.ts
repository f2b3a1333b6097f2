import { Refusal, send, server } from "../server";
import type { Box, Photo } from "../types";
import type { Adjustment, Format, Look, Numbers, Point } from "./types";

type Sent = Omit<Numbers, "change" | "second" | "of"> & {
  table: string;
  scale: number;
  second: { table: string; points: Point[][] } | null;
};

const of = (photo: Photo) => `iph/photos/${photo.id}`;

export const resultServer = {
  async numbers(photo: Photo): Promise<Numbers> {
    const { table, scale, second, ...numbers } = await send<Sent>(`${of(photo)}/numbers`, {});
    const changes = [table, ...(second ? [second.table] : [])].map((it) => fetchChange(it, scale));
    const [change, other] = await Promise.all(changes);
    return {
      ...numbers,
      change: change!,
      second: second && { change: other!, points: second.points },
      of: photo.result!.before,
    };
  },

  looks: async (photo: Photo): Promise<Look[]> =>
    (await send<{ looks: Look[] }>(`${of(photo)}/looks`, {})).looks,

  match: (photo: Photo, key: string): Promise<Photo> => send(`${of(photo)}/match`, { key }),

  /** Blend with the look of a key; null = the first reference alone. */
  transfer: (photo: Photo, ratio: number): Promise<Photo> =>
    send(`${of(photo)}/transfer`, { ratio }),

  second: (photo: Photo, key: string | null): Promise<Photo> =>
    send(`${of(photo)}/second`, { key }),

  download: (
    photo: Photo,
    format: Format,
    strength: number,
    adjustment: Adjustment,
    blend: number,
  ): Promise<{ url: string; name: string }> =>
    send(`${of(photo)}/download`, { format, strength, adjustment, blend }),

  /** What is in a box of the photo at full size, before harmonizing, and its mask. */
  part(photo: Photo, [x0, y0, x1, y1]: Box, longest: number): Promise<ImageBitmap[]> {
    const query = new URLSearchParams(
      Object.entries({ x0, y0, x1, y1, longest }).map(([name, value]) => [name, String(value)]),
    );
    return Promise.all(
      ["before.jpg", "mask.png"].map((what) =>
        server.picture(`${of(photo)}/part/${what}?${query}`),
      ),
    );
  },
};

async function fetchChange(table: string, scale: number): Promise<Float32Array> {
  const answer = await fetch(server.address(table), { credentials: "same-origin" });
  if (!answer.ok) throw new Refusal("", answer.status);
  return changeOf(await answer.arrayBuffer(), scale);
}

/** The change of colors, from little-endian int16 in steps of 1 / scale. */
export function changeOf(bytes: ArrayBuffer, scale: number): Float32Array {
  const view = new DataView(bytes);
  const change = new Float32Array(bytes.byteLength / 2);
  for (let i = 0; i < change.length; i++) change[i] = view.getInt16(2 * i, true) / scale;
  return change;
}
