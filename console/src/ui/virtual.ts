/** Rows of one height: which of many are in sight, for lists of any length. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

export interface InSight {
  first: number;
  /** One past the last. */
  last: number;
}

const SPARE = 12;

/** The rows of `count` that are in sight in a scrolling element, with some spare. */
export function useInSight(
  scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number,
): InSight {
  const [sight, setSight] = useState<InSight>({ first: 0, last: Math.min(count, 60) });
  const look = () => {
    const element = scroller.current;
    if (!element) return;
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE);
    const last = Math.min(
      count, Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + SPARE);
    // A few rows of slack: most scroll events then change nothing.
    setSight((old) =>
      old.last <= count && Math.abs(old.first - first) < SPARE / 2 &&
      Math.abs(old.last - last) < SPARE / 2 && (last < count || old.last === count) &&
      (first > 0 || old.first === 0)
        ? old : { first, last });
  };
  useLayoutEffect(look, [count, rowHeight]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [count, rowHeight]);
  return { first: Math.min(sight.first, count), last: Math.min(sight.last, count) };
}

/** Scrolls just as far as needed to show a row; a head of a row's height, and a line
 * under it, stays on top. */
export function reveal(element: HTMLElement | null, row: number, rowHeight: number): void {
  if (!element) return;
  const top = row * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight * 2 + 1 > element.scrollTop + element.clientHeight)
    element.scrollTop = top + rowHeight * 2 + 1 - element.clientHeight;
}
