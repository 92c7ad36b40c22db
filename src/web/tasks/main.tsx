import { render } from 'preact';
import { Layout } from '../shared/layout.tsx';
import { TasksPage } from './tasks-page.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/tasks">
      <TasksPage />
    </Layout>,
    page,
  );
