/** Put the page's mask decoder into dist/ as brotli and gzip: the workers' scripts, their runtimes. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const RUNTIME = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded";

function compress(source, target) {
  const content = readFileSync(source);
  const digest = createHash("sha256").update(content).digest("hex");
  const stamp = `${target}.sha256`;
  const isThere = [".br", ".gz", ".sha256"].every((ending) => existsSync(target + ending));
  if (isThere && readFileSync(stamp, "utf-8") === digest) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  writeFileSync(`${target}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${target}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(stamp, digest);
}

compress(`${RUNTIME}.wasm`, "dist/picker.wasm");
compress(`${RUNTIME}.jspi.wasm`, "dist/picker-gpu.wasm");
compress("dist/picker.js", "dist/picker.js");
compress("dist/picker-gpu.js", "dist/picker-gpu.js");
