import { ask } from "../ask";
import type { Answer, Composition, Look, Meant, Step } from "./types";

const home = "iph/composition";

type Wanted = () => boolean;

export const composeServer = {
  async state(wanted: Wanted): Promise<Composition | null> {
    const answer = await ask<{ composition: Composition | null }>("GET", home, { wanted, patient: true });
    return answer.composition;
  },

  /** One or two uploaded photos, by their ids; what a single one is where it was said. */
  brought: (photos: string[], part: Meant | null, wanted: Wanted): Promise<Answer> =>
    ask("POST", "iph/brought", { body: { photos, part }, wanted }),

  /** scene: the id of the photo that becomes it. */
  swap: (scene: string, wanted: Wanted): Promise<Answer> =>
    ask("POST", `${home}/swap`, { body: { scene }, wanted }),

  cut: (wanted: Wanted): Promise<Answer> => ask("POST", `${home}/cut`, { wanted }),

  look: (look: Look, wanted: Wanted): Promise<Answer> =>
    ask("POST", `${home}/look`, { body: look, wanted }),

  behind: (taps: Array<[number, number]>, wanted: Wanted): Promise<Answer> =>
    ask("POST", `${home}/behind`, { body: { taps }, wanted }),

  goTo: (step: Step, wanted: Wanted): Promise<Answer> =>
    ask("POST", `${home}/step`, { body: { step }, wanted }),

  render: (wanted: Wanted): Promise<Answer> => ask("POST", `${home}/render`, { wanted }),

  /** Once: asked again it could end another that was begun meanwhile. */
  giveUp: (): Promise<void> => ask("DELETE", home),
};
