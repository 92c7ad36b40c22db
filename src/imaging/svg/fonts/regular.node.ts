import { readFont } from './read.node.ts';

export default readFont('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf');
