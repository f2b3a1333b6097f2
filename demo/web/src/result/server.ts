import { ask, load } from "../ask";
import { server } from "../server";
import type { Box, Photo } from "../types";
import type { Adjustment, Format, Look, Numbers, Point } from "./types";

type Sent = Omit<Numbers, "change" | "second" | "of"> & {
  table: string;
  scale: number;
  second: { table: string; points: Point[][] } | null;
};

type Wanted = () => boolean;

const of = (photo: Photo) => `iph/photos/${photo.id}`;

export const resultServer = {
  async numbers(photo: Photo, wanted: Wanted): Promise<Numbers> {
    const { table, scale, second, ...numbers } = await ask<Sent>("POST", `${of(photo)}/numbers`, {
      body: {},
      wanted,
      patient: true,
    });
    const changes = [table, ...(second ? [second.table] : [])].map((it) => fetchChange(it, scale, wanted));
    const [change, other] = await Promise.all(changes);
    return {
      ...numbers,
      change: change!,
      second: second && { change: other!, points: second.points },
      of: photo.result!.before,
    };
  },

  async looks(photo: Photo, wanted: Wanted): Promise<Look[]> {
    const asking = { body: {}, wanted, patient: true };
    return (await ask<{ looks: Look[] }>("POST", `${of(photo)}/looks`, asking)).looks;
  },

  match: (photo: Photo, key: string, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${of(photo)}/match`, { body: { key }, wanted }),

  /** Blend with the look of a key; null = the first reference alone. */
  second: (photo: Photo, key: string | null, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${of(photo)}/second`, { body: { key }, wanted }),

  transfer: (photo: Photo, ratio: number, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${of(photo)}/transfer`, { body: { ratio }, wanted }),

  download: (
    photo: Photo,
    format: Format,
    strength: number,
    adjustment: Adjustment,
    blend: number,
    wanted: Wanted,
  ): Promise<{ url: string; name: string }> =>
    ask("POST", `${of(photo)}/download`, { body: { format, strength, adjustment, blend }, wanted }),

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

async function fetchChange(table: string, scale: number, wanted: Wanted): Promise<Float32Array> {
  const bytes = await load(table, (response) => response.arrayBuffer(), { wanted, patient: true });
  return changeOf(bytes, scale);
}

/** The change of colors, from little-endian int16 in steps of 1 / scale. */
export function changeOf(bytes: ArrayBuffer, scale: number): Float32Array {
  const view = new DataView(bytes);
  const change = new Float32Array(bytes.byteLength / 2);
  for (let i = 0; i < change.length; i++) change[i] = view.getInt16(2 * i, true) / scale;
  return change;
}
