/** Renders again only when a member of the properties changed. */

import { Component, h, type FunctionComponent } from "preact";

export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]);
      return [...names].some((name) =>
        next[name as keyof P] !== (this.props as P)[name as keyof P]);
    }

    render() {
      return h(inner as FunctionComponent<object>, this.props as P);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
