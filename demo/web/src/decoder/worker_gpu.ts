/** The worker where there is a GPU that WebAssembly can wait for. */

import * as ort from "onnxruntime-web/jspi";

import { serve } from "./serve";

serve(ort, "webgpu");
