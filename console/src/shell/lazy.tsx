/** Pages that are loaded when they are first shown. */

import { type ComponentType, type FunctionComponent, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Problem } from "../ui/parts";

export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
): FunctionComponent<P> {
  let known: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, loaded] = useState(0);
    const [error, setError] = useState<Error | null>(null);
    useEffect(() => {
      if (!known)
        load().then((page) => { known = page; loaded((n) => n + 1); }, setError);
    }, []);
    if (error) return <Problem error={error} retry={() => location.reload()} />;
    return known ? h(known as ComponentType<object>, props) : <Loading what="page" />;
  };
}
