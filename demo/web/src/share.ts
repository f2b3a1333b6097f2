import { UNMOVED } from "./result/types";
import type { Adjustment } from "./result/types";
import { call, send, server } from "./server";

/** A picture that is public under `url` until `expires` (ISO 8601, UTC). */
export interface Share {
  id: string;
  url: string;
  /** The picture that messengers show, 1200 x 630. */
  preview: string;
  caption: string;
  created: string;
  expires: string;
}

/** What only the maker gets, once (result/own_shares.ts keeps it), to delete after the session. */
export interface NewShare extends Share {
  token: string;
  deleteUrl: string;
}

/** Make a public page of a harmonized photo. Refusal carries a sentence when it cannot be. */
export async function createShare(
  photoId: string,
  strength: number,
  caption = "",
  adjustment: Adjustment = UNMOVED,
  blend = 0.5,
): Promise<NewShare> {
  const answer = await send<Share & { token: string; delete_url: string }>(
    `iph/photos/${photoId}/share`,
    { strength, caption, adjustment, blend },
  );
  const { delete_url: deleteUrl, ...share } = answer;
  return { ...share, deleteUrl };
}

/** What this session shares now, the newest first. */
export async function listShares(): Promise<Share[]> {
  return (await call<{ shares: Share[] }>("GET", "iph/shares")).shares;
}

/** Gone at once. In the session that shared it, no token is needed. */
export const removeShare = (share: Pick<Share, "id">, token = ""): Promise<void> =>
  call("DELETE", `iph/s/${share.id}`, undefined, { "X-Share-Token": token });

/** An address of a share as this browser reaches the server, whatever its public name is. */
export const localAddress = (share: Pick<Share, "id">): string => server.address(`iph/s/${share.id}`);
