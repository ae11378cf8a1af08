// node onnx_run.js RUNTIME MODEL POINTS VALUES ROWS
//
// Runs a model. RUNTIME: folder of onnxruntime-node; POINTS: float64, row by row; VALUES: float32, likewise.
'use strict';
const fs = require('fs');

async function main() {
  const [runtime, model, points, values, rows] = process.argv.slice(2);
  const ort = require(runtime);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const bytes = fs.readFileSync(points);
  const x = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const count = Number(rows);
  const feeds = { parameters: new ort.Tensor('float64', x, [count, x.length / count]) };
  const result = (await session.run(feeds)).values;
  if (result.type !== 'float32' || result.dims[0] !== count) throw new Error(`values: ${result.type} ${result.dims}`);
  fs.writeFileSync(values, Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
