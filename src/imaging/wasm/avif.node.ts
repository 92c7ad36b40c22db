import { compileWasm } from './read.node.ts';

export default compileWasm('avif.wasm');
