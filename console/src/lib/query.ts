/** Loading: the last asked question wins, and old data stays while new data loads. */

import { useLayoutEffect, useMemo } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";

export interface Loaded<T> {
  data: T | null;
  error: Error | null;
  loading: boolean;
}

/** Asks whenever `keys` change; `ask` gets a signal that ends with the question. */
export function useQuery<T>(
  keys: readonly unknown[], ask: (stop: AbortSignal) => Promise<T> | null,
): Loaded<T> {
  const state: Signal<Loaded<T>> = useMemo(
    () => signal({ data: null, error: null, loading: true }), []);
  // Before the browser paints: the question is on its way a frame or two earlier.
  useLayoutEffect(() => {
    const control = new AbortController();
    const asked = ask(control.signal);
    if (!asked) {
      state.value = { data: null, error: null, loading: false };
      return undefined;
    }
    state.value = { ...state.peek(), loading: true };
    asked.then(
      (data) => {
        if (!control.signal.aborted) state.value = { data, error: null, loading: false };
      },
      (error: Error) => {
        if (!control.signal.aborted)
          state.value = { data: state.peek().data, error, loading: false };
      });
    return () => control.abort();
  }, keys);
  return state.value;
}
