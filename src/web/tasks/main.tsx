import { render } from 'preact';
import { taskApi } from '../shared/api.ts';
import { Layout } from '../shared/layout.tsx';
import { Needs } from '../shared/needs.tsx';
import { TasksPage } from './tasks-page.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/tasks">
      <Needs scope="task:read" title="Tasks" to="see the tasks" ask={() => taskApi.counts.$get()}>
        <TasksPage />
      </Needs>
    </Layout>,
    page,
  );
