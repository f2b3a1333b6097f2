/** Run by tests/demo/test_picker_rules.py: what the page's rules make of recorded candidates. */

import { readFileSync } from "node:fs";

import { contentOf, decoderPrompts, extentOf } from "./frame";
import { answer, isOneTap, nextLevel, outlined, secondLook, surer, takenFor } from "./rules";
import type { Candidates } from "./rules";
import type { Prompts } from "./types";
import { unpackCandidates, unpackEmbedding } from "./wire";

interface Case {
  packed: string;
  size: { width: number; height: number };
  prompts: Prompts;
  whole: number | null;
  salient: string;
}

const bytes = (text: string): ArrayBuffer => {
  const buffer = Buffer.from(text, "base64");
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length) as ArrayBuffer;
};

const { cases, embedding } = JSON.parse(readFileSync(0, "utf-8")) as {
  cases: Case[];
  embedding: string;
};
const all = cases.map(({ packed, size, whole }) => ({
  ...unpackCandidates(bytes(packed), size),
  whole,
}));
/** Somebody found in a photo of this size: a candidate of another case. */
const person = (number: number) => {
  const { logits } = all[(number + 5) % all.length]!;
  return logits.slice(0, logits.length / 4);
};
/** How many cells of the whole person lie inside; null for nobody. */
const whole = (taken: Candidates | null) => {
  if (taken?.whole == null) return null;
  const cells = taken.logits.length / 4;
  return taken.logits.slice(taken.whole! * cells, (taken.whole! + 1) * cells).filter((each) => each > 0).length;
};
const answers = cases.map(({ size, prompts, salient }, number) => {
  const candidates = all[number]!;
  const { level, levels, score, logits } = answer(candidates, prompts, size);
  const [points, labels] = decoderPrompts(prompts, size);
  return {
    level,
    levels,
    score,
    next: nextLevel({ level, levels }),
    index: [0, 1, 2, 3].findIndex((each) =>
      logits.every((logit, place) => logit === candidates.logits[each * logits.length + place]),
    ),
    points: [...points],
    labels: [...labels],
    content: contentOf(size),
    extent: [...extentOf(size)],
    again: secondLook(candidates, prompts, size, number % 5)?.taps ?? null,
    surer: [...surer(candidates, all[(number + 5) % all.length]!).scores],
    oneTap: isOneTap(prompts),
    outlined: whole(outlined(candidates, prompts, new Uint8Array(bytes(salient)), size)),
    taken: whole(takenFor(candidates, prompts, person(number), size)),
  };
});
const values = unpackEmbedding(bytes(embedding));
console.log(JSON.stringify({ answers, embedding: [...values.subarray(0, 5000)] }));
