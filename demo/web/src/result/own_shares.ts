/**
 * What this browser shared, with what deletes it. The server says that only once, and the session,
 * which needs nothing else to delete, ends long before what it shared.
 */

import { keep, kept } from "../kept";
import type { NewShare, Share } from "../share";

const NAME = "iph-shares"; // demo/web/share/share.js reads it too

/** What this browser would not keep is known until the page goes. */
const unkept = new Map<string, NewShare>();

/** A share as the list shows it. Only its maker's browser knows how to delete it by itself. */
export type Listed = Share & Partial<NewShare>;

export function keepOwn(share: NewShare): void {
  keep(NAME, [...own(), share], "localStorage");
  if (!own().some(({ id }) => id === share.id)) unkept.set(share.id, share);
}

export function forgetOwn(id: string): void {
  unkept.delete(id);
  keep(NAME, own().filter((share) => share.id !== id), "localStorage");
}

/** What a session shares, and what this browser shared in others, the newest first. */
export function withOwn(shares: Share[]): Listed[] {
  const all = new Map<string, Listed>(own().map((share) => [share.id, share]));
  for (const share of shares) all.set(share.id, { ...all.get(share.id), ...share });
  return [...all.values()].sort((one, other) => Date.parse(other.created) - Date.parse(one.created));
}

/** All that has not expired. */
function own(): NewShare[] {
  const known = [...(kept<NewShare[]>(NAME, "localStorage") ?? []), ...unkept.values()];
  return known.filter(({ expires }) => Date.parse(expires) > Date.now());
}
