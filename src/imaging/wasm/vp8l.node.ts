import { compileBuilt } from './read.node.ts';

export default compileBuilt('vp8l');
