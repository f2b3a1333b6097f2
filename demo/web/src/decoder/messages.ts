/** What the page asks the worker, and what it answers. */

export interface Load {
  kind: "load";
  runtime: string;
  graph: string;
  photoGraph: string;
  threads: number;
}

/** Make a photo the current one. packed: its embedding as the server sent it. */
export interface Open {
  kind: "open";
  packed: ArrayBuffer;
}

export interface Decode {
  kind: "decode";
  points: Float32Array;
  labels: Float32Array;
  extent: Float32Array;
}

export type Question = Load | Open | Decode;

export interface Decoded {
  /** 4 x 256 x 256. */
  logits: Float32Array;
  scores: Float32Array;
}

export interface Asked {
  id: number;
  question: Question;
}

export interface Reply {
  id: number;
  decoded?: Decoded;
  error?: string;
}
