import { compileBuilt } from './read.node.ts';

export default compileBuilt('webp');
