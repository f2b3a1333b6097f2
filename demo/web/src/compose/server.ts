import { call, send } from "../server";
import type { Answer, Composition, Look, Meant, Step } from "./types";

const home = "iph/composition";

export const composeServer = {
  state: async (): Promise<Composition | null> =>
    (await call<{ composition: Composition | null }>("GET", home)).composition,

  /** One or two uploaded photos, by their ids; what a single one is where it was said. */
  brought: (photos: string[], part: Meant | null): Promise<Answer> =>
    send("iph/brought", { photos, part }),

  swap: (): Promise<Answer> => call("POST", `${home}/swap`, ""),
  cut: (): Promise<Answer> => call("POST", `${home}/cut`, ""),
  look: (look: Look): Promise<Answer> => send(`${home}/look`, look),
  behind: (taps: Array<[number, number]>): Promise<Answer> => send(`${home}/behind`, { taps }),
  goTo: (step: Step): Promise<Answer> => send(`${home}/step`, { step }),
  render: (): Promise<Answer> => call("POST", `${home}/render`, ""),
  giveUp: (): Promise<void> => call("DELETE", home),
};
