import { render } from 'preact';
import { accessApi } from '../shared/api.ts';
import { Layout } from '../shared/layout.tsx';
import { Needs } from '../shared/needs.tsx';
import { AccessPage } from './access-page.tsx';

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/access">
      <Needs scope="token:admin" title="Access" to="make tokens" ask={() => accessApi.audit.$get({ query: {} })}>
        <AccessPage />
      </Needs>
    </Layout>,
    page,
  );
