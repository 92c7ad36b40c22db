import { render } from 'preact';
import { Layout } from '../shared/layout.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/">
      <h1>Gallery</h1>
    </Layout>,
    page,
  );
