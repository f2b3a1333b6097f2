import { isElsewhere, isEmpty } from "../selection";
import type { State } from "../state";
import type { Photo } from "../types";
import { resultServer } from "./server";
import type { Following, Settled } from "./types";

type Step = (photo: Photo, here: () => boolean) => Promise<Photo>;
type Shown = Pick<State, "photo" | "selections">;

/** What people set of the result on the stage, and whom it follows. */
export function settledNow(state: State): Settled {
  const { strength, moved, blend } = state;
  return { strength, moved, blend, ...followingIn(state) };
}

/** What is left to be told the server, each as a step, for a result to follow whom it is to.
 * The second of two comes last: the server lets go of it when it is told another first. */
export function stepsTo(wanted: Following, shown: Shown): Step[] {
  const now = followingIn(shown);
  const { match, second, transfer } = wanted;
  const steps: Step[] = [];
  if (transfer !== null && transfer !== now.transfer) {
    steps.push((photo, here) => resultServer.transfer(photo, transfer, here));
  }
  if (match !== now.match) steps.push((photo, here) => resultServer.match(photo, match, here));
  const left = match === now.match ? now.second : null;
  if (second !== left) steps.push((photo, here) => resultServer.second(photo, second, here));
  return steps;
}

/** Whom the result matches, as the server names them. */
export function chosenKey({ photo, selections: { match } }: Shown): string {
  if (isEmpty(match)) return "background";
  if (isElsewhere(match)) return "other";
  const plain = !match.taps.length && !match.box && !match.grow && !match.strokes.length;
  const offered = photo?.offers.some(({ mask }) => mask === match.mask);
  return plain && !match.inverted && offered ? match.mask! : "own";
}

function followingIn(shown: Shown): Following {
  const { second = null, transfer = null } = shown.photo?.result ?? {};
  return { match: chosenKey(shown), second, transfer };
}
