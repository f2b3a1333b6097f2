/** What the stage and the decoder say to each other. */

export type Level = "person" | "part" | "object";

/** What a person pointed at, in pixels of the full-size photo. */
export interface Prompts {
  /** x, y; true adds what lies there, false takes it away. */
  taps: [number, number, boolean][];
  /** Left, top, right, bottom; the far edges exclusive. */
  box: [number, number, number, number] | null;
  level: Level;
}

export interface Answer {
  /** 256 x 256, row-major, above 0 = inside; SAM's square frame: the photo's long side = 256. */
  logits: Float32Array;
  side: 256;
  /** Columns and rows that lie in the photo; what is right of them and below is padding. */
  content: [number, number];
  /** SAM's own guess of the mask's IoU. */
  score: number;
  level: Level;
  /** The levels that differ here, in cycling order. */
  levels: Level[];
}

/** Who is in a photo, as far as that tells what one tap means. */
export interface Company {
  count: number;
  /** What to ask the decoder for the only person; null where there is nobody, or others too. */
  alone: Prompts["taps"] | null;
}

export interface PickerPhoto {
  id: string;
  width: number;
  height: number;
  /** null until it is known; `Picker.meet` brings it then. */
  company: Company | null;
}

/** A script of the decoder's worker, and the WebAssembly that it runs. */
export interface Runtime {
  worker: string;
  runtime: string;
}

/** Given by the page (demo/frame.py `page_setup`, entry "picker"); addresses relative to it. */
export interface PickerSetup {
  /** The worker's script; null where the page can only ask the server. */
  worker: string | null;
  /** onnxruntime-web's WebAssembly. */
  runtime: string;
  /** The same for WebGPU. */
  gpu: Runtime | null;
  /** The graph that every decode runs, and the one that runs once a photo. */
  graph: string;
  photoGraph: string;
  /** Index of the candidate that was taught to be the whole person; null for the stock decoder. */
  whole: number | null;
}
