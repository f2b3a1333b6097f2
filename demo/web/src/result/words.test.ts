/** Run by tests/demo/test_words.py: what the page says of changes, and how far its sliders reach. */

import { readFileSync } from "node:fs";

import { speaker } from "../texts";
import { LIMITS } from "./types";
import type { Change } from "./types";
import { wordsOf } from "./words";

const { texts, changes } = JSON.parse(readFileSync(0, "utf-8"));
const said = (changes as Change[]).map((change) => wordsOf(change, speaker(texts)));
console.log(JSON.stringify({ said, limits: LIMITS }));
