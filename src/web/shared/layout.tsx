import './base.css';
import './layout.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Account, SignIn } from './account.tsx';
import { Icon } from './icon.tsx';
import { Notices } from './notices.tsx';
import { useSession } from './session-state.ts';
import { SignedOut } from './signed-out.tsx';

/** The pages, and the scope that some are for. */
const PAGES = [
  ['/', 'Emoji', null],
  ['/tasks', 'Tasks', null],
  ['/notices', 'Notices', 'emoji:write'],
  ['/access', 'Access', 'token:admin'],
  ['/docs', 'API', null],
] as const;

interface Props {
  current: (typeof PAGES)[number][0];
  /** Buttons that are in reach wherever the page is. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page has around what it is about. */
export function Layout({ current, actions, children }: Props) {
  const { who } = useSession();
  const pages = PAGES.filter(([, , scope]) => scope === null || who.scopes.has(scope));
  return (
    <>
      <a class="button skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" />
          <span>Custom emoji</span>
        </a>
        <nav aria-label="Pages">
          {pages.map(([href, label]) => (
            <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="end">
          {actions}
          <Account />
          <ThemeButton />
        </div>
      </header>
      <main id="content" class="content" tabIndex={-1}>
        {children}
      </main>
      <SignedOut />
      <Notices />
      <SignIn />
    </>
  );
}

function ThemeButton() {
  const [isDark, setDark] = useState(() => (document.documentElement.dataset.theme ?? systemTheme()) === 'dark');
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => document.documentElement.dataset.theme === undefined && setDark(system.matches);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  const turn = () => {
    const theme = isDark ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    setDark(!isDark);
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // Storage may be switched off: then it holds for this page.
    }
  };
  return (
    <button
      type="button"
      class="button plain square"
      aria-label={isDark ? 'Use the light theme' : 'Use the dark theme'}
      onClick={turn}
    >
      <Icon name={isDark ? 'light' : 'dark'} />
    </button>
  );
}

function systemTheme(): 'light' | 'dark' {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
