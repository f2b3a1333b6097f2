/** The worker of every browser: WebAssembly. */

import * as ort from "onnxruntime-web/wasm";

import { serve } from "./serve";

serve(ort, "wasm");
