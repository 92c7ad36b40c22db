import { compileWasm } from './read.node.ts';

export default compileWasm('resvg.wasm');
