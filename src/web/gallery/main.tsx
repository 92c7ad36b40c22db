import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Adding, PictureActions, type ShownEmoji } from '../adding/index.ts';
import { answered, bodyOf, emojiApi } from '../shared/api.ts';
import { Layout } from '../shared/layout.tsx';

async function look(name: string): Promise<ShownEmoji> {
  const answer = await answered(
    emojiApi.emojis[':name'].info.$get({ param: { name: encodeURIComponent(name) }, header: {} }),
  );
  const info = await bodyOf(Promise.resolve(answer));
  return { ...info, etag: answer.headers.get('ETag') ?? '*' };
}

function Page() {
  const name = new URLSearchParams(location.search).get('emoji');
  const [emoji, setEmoji] = useState<ShownEmoji | null>(null);
  const refresh = () => {
    if (name) void look(name).then(setEmoji);
  };
  useEffect(refresh, [name]);
  return (
    <>
      <h1>Gallery</h1>
      <Adding onMade={(name) => console.info(`made ${name}`)} />
      {emoji && (
        <section aria-label={emoji.name}>
          <img src={`/custom-emoji/images/${emoji.hash}.gif`} alt={`:${emoji.name}:`} />
          <PictureActions emoji={emoji} onChanged={refresh} />
        </section>
      )}
    </>
  );
}

const page = document.getElementById('page');
if (page)
  render(
    <Layout current="/">
      <Page />
    </Layout>,
    page,
  );
