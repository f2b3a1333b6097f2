import { UNMOVED } from "./result/types";
import type { Adjustment } from "./result/types";
import { address, ask } from "./ask";
import { randomName } from "./random";

const TOKEN_BYTES = 32; // demo/shares/model.py TOKEN_FORM

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

/**
 * Make a public page of a harmonized photo, asked until the server was reached: under a token of
 * ours it stays one page. Refusal carries a sentence when it cannot be.
 */
export async function createShare(
  photoId: string,
  strength: number,
  caption = "",
  adjustment: Adjustment = UNMOVED,
  blend = 0.5,
  wanted?: () => boolean,
): Promise<NewShare> {
  const body = { strength, caption, adjustment, blend, token: randomName(TOKEN_BYTES) };
  const path = `iph/photos/${photoId}/share`;
  const answer = await ask<Share & { token: string; delete_url: string }>("POST", path, { body, wanted });
  const { delete_url: deleteUrl, ...share } = answer;
  return { ...share, deleteUrl };
}

/** What this session shares now, the newest first. */
export async function listShares(wanted?: () => boolean): Promise<Share[]> {
  return (await ask<{ shares: Share[] }>("GET", "iph/shares", { wanted, patient: true })).shares;
}

/** Gone at once. In the session that shared it, no token is needed. */
export const removeShare = (
  share: Pick<Share, "id">,
  token = "",
  wanted?: () => boolean,
): Promise<void> =>
  ask("DELETE", `iph/s/${share.id}`, { headers: { "X-Share-Token": token }, wanted });

/** An address of a share as this browser reaches the server, whatever its public name is. */
export const localAddress = (share: Pick<Share, "id">): string => address(`iph/s/${share.id}`);
