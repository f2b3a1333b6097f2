/** What was done to each photo, so that undo goes on where people come back to one or reload. */

import { keep, kept } from "./kept";
import type { Selections } from "./selection";
import { sameSelection, selectionsOf } from "./selection";
import { ROLES } from "./types";
import type { Photo, Role } from "./types";

const MOST_PHOTOS = 6;
const MOST_MOMENTS = 100;
const NAME = "iph-history";

/** Whom the roles meant at one moment. */
export interface Moment {
  selections: Selections;
  role: Role;
}

/** The moments that undo and redo go to, the nearest last. */
export interface Trail<M> {
  past: M[];
  future: M[];
}

export type Way = keyof Trail<unknown>;

/** Where nothing was done yet. */
export const UNTRODDEN = { past: [], future: [] };

/** The trail after a step more. */
export const stepped = <M>(past: M[], from: M): Trail<M> => ({
  past: [...past, from].slice(-MOST_MOMENTS),
  future: [],
});

/** The nearest moment that way, and the trail as it is there; null where there is none. */
export function travelled<M>(
  { past, future }: Trail<M>,
  way: Way,
  from: M,
): { moment: M; trail: Trail<M> } | null {
  const back = way === "past";
  const moment = (back ? past : future).at(-1);
  if (moment === undefined) return null;
  const trail = back
    ? { past: past.slice(0, -1), future: [...future, from] }
    : { past: [...past, from], future: future.slice(0, -1) };
  return { moment, trail };
}

/** Where people left a photo. */
type Left = Trail<Moment> & { last: Moment };

export class Histories {
  private readonly left = new Map<string, Left>(kept<Array<[string, Left]>>(NAME) ?? []);

  /** Another photo takes the stage, or none. */
  leave(id: string, { past, future }: Trail<Moment>, last: Moment): void {
    this.left.delete(id);
    this.left.set(id, { past, future, last });
    if (this.left.size > MOST_PHOTOS) this.left.delete(this.left.keys().next().value!);
  }

  /** The page goes, maybe to come back. */
  keep(): void {
    keep(NAME, [...this.left]);
  }

  /** A photo comes on the stage. Who was chosen for it meanwhile, elsewhere, is one step more. */
  resume(photo: Photo): Trail<Moment> {
    const known = this.left.get(photo.id);
    if (!known) return UNTRODDEN;
    const { past, future, last } = known;
    const selections = selectionsOf(photo);
    const same = ROLES.every((role) => sameSelection(selections[role], last.selections[role]));
    return same ? { past, future } : stepped(past, last);
  }
}
