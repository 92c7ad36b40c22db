import { readFont } from './read.node.ts';

export default readFont('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf');
