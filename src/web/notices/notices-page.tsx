import '../shared/list-page.css';
import { useState } from 'preact/hooks';
import { Lost } from '../shared/lost.tsx';
import { Deliveries } from './deliveries.tsx';
import { Subscriptions } from './subscriptions.tsx';

/** Who is told of what happens, and whether it got there. */
export function NoticesPage() {
  const [sent, setSent] = useState(0);
  return (
    <div class="list-page">
      <div>
        <h1>Notices</h1>
        <Lost />
      </div>
      <Subscriptions onSent={() => setSent(sent + 1)} />
      <Deliveries key={sent} />
    </div>
  );
}
