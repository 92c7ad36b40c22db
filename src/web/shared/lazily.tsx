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
      load().then(
        (component) => {
          loaded = component;
          setComponent(() => component);
        },
        () => notify('This part of the page could not be loaded. Reload the page.'),
      );
    }, []);
    return component && createElement(component, props);
  };
}
