import './chat-preview.css';
import { Picture, type Shown } from './picture.tsx';

/** An emoji as it is in a chat that is light and in one that is dark, in the sizes that chats have. */
export function ChatPreview({ picture, isMoving }: { picture: Shown; isMoving: boolean }) {
  const at = (size: number) => <Picture picture={picture} isMoving={isMoving} size={size} priority="high" />;
  return (
    <div class="chat-preview" aria-hidden="true">
      {['light', 'dark'].map((theme) => (
        <div key={theme} class="chat" style={{ colorScheme: theme }}>
          <p>
            <strong>Ada</strong> <span class="small soft">10:42</span>
          </p>
          <p class="message">
            It works {at(20)} and nobody knows why {at(20)}
          </p>
          <p class="sizes">
            <span class="reaction">{at(16)} 3</span>
            {at(32)}
            {at(100)}
          </p>
        </div>
      ))}
    </div>
  );
}
