import type { Say } from "../texts";
import type { Result } from "../types";
import { isFactor, READINGS, UNMOVED } from "./types";
import type { Change, Slider } from "./types";

/** What people notice, and from how many steps on it has its plain name (iph_core/description.py). */
const STEPS: Change = {
  exposure: 0.08,
  warmth: 1,
  tint: 1,
  contrast: 0.05,
  saturation: 0.07,
};
const LARGE = 3;

/** One short sentence; null where no number changed by as much as people see. */
export function wordsOf(change: Change, say: Say): string | null {
  const parts = READINGS.flatMap((name) => {
    const amount = isFactor(name) ? Math.log(Math.max(1e-6, change[name])) : change[name];
    const steps = amount / STEPS[name];
    if (Math.abs(steps) < 1) return [];
    const word = say(`word_${name}_${steps > 0 ? "up" : "down"}`);
    return [Math.abs(steps) >= LARGE ? word : say("word_little", { word })];
  });
  const sentence = parts.join(", ");
  return sentence ? `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.` : null;
}

/** What harmonizing itself did, in one sentence. */
export const resultWords = ({ change }: Result, say: Say): string =>
  wordsOf(change, say) ?? say("already_matched");

/** Where a slider stands against the photo as it was: 0.40 brighter, 12 % more color. */
export function standing(name: Slider, value: number, say: Say): string {
  const inPercent = isFactor(name) || name === "highlights" || name === "shadows";
  const amount = inPercent ? 100 * (value - UNMOVED[name]) : value;
  const digits = name === "exposure" ? 2 : 0;
  if (Number(amount.toFixed(digits)) === 0) return say("slider_same");
  const shown = Math.abs(amount).toLocaleString(document.documentElement.lang || "en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const word = say(`word_${name}_${amount > 0 ? "up" : "down"}`);
  return say(inPercent ? "slider_percent" : "slider_value", { value: shown, word });
}
