import { type ComponentType, createElement } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { notify } from './notices.tsx';

/** A component whose code is loaded when it is shown for the first time. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazily(props: Props) {
    const [component, setComponent] = useState(() => loaded);
    useEffect(() => {
      if (loaded) return;
      load().then((component) => {
        loaded = component;
        setComponent(() => component);
      }, tellNotLoaded);
    }, []);
    return component && createElement(component, props);
  };
}

/** Says that code could not be loaded: browsers do not ask again for what they did not get. */
export function tellNotLoaded(): void {
  notify('A part of this page could not be loaded. Look at your connection, then reload the page.', {
    label: 'Reload',
    run: () => location.reload(),
  });
}
