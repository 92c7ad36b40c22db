import { render } from 'preact';
import { GalleryPage } from './gallery-page.tsx';

const page = document.getElementById('page');
if (page) render(<GalleryPage />, page);
