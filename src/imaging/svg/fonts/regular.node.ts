import { readFile } from '../../wasm/read.node.ts';

export default readFile('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf').buffer;
