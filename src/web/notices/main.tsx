import { render } from 'preact';
import { noticeApi } from '../shared/api.ts';
import { Layout } from '../shared/layout.tsx';
import { Needs } from '../shared/needs.tsx';
import { NoticesPage } from './notices-page.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/notices">
      <Needs
        scope="emoji:write"
        title="Notices"
        to="have notices sent"
        ask={() => noticeApi.subscriptions.$get({ query: {} })}
      >
        <NoticesPage />
      </Needs>
    </Layout>,
    page,
  );
