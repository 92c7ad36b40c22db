import { readFile } from '../../wasm/read.node.ts';

export default readFile('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf').buffer;
