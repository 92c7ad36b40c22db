import { render } from 'preact';
import { Layout } from '../shared/layout.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/tasks">
      <h1>Tasks</h1>
    </Layout>,
    page,
  );
