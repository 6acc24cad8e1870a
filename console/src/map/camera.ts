/** Pan and zoom: they move the stage alone, no render and no layout. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
interface Held {
  current: HTMLDivElement | null;
}
/** What is shown: the stage's offset and scale, whether a person chose it, and whether
 * the pointer that is going up has moved it. */
interface At {
  x: number;
  y: number;
  k: number;
  own: boolean;
  moved: boolean;
}

const MARGIN = 36;
const SCALE_LEAST = 0.03;
const SCALE_MOST = 3;
/** Below these scales words are drawn larger; then they are unreadable and only cost time. */
const SMALL = 0.85;
const FAR = 0.25;
const NARROW = 600;
const LOW = 300;

/** What the legend and the buttons stand on; a low picture has no legend. */
const reserved = (view: HTMLElement) =>
  view.clientHeight < LOW ? { right: 34, bottom: 0 }
    : view.clientWidth < NARROW ? { right: 0, bottom: 40 } : { right: 34, bottom: 30 };

export function useCamera(
  frame: Held, stage: Held, box: Box, scaleLeast: number, shape: string,
) {
  const at = useRef<At>({ x: 0, y: 0, k: 1, own: false, moved: false });
  const apply = () => {
    const { x, y, k } = at.current;
    if (!stage.current) return;
    stage.current.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
    stage.current.classList.toggle("small", k < SMALL);
    stage.current.classList.toggle("far", k < FAR);
  };
  const fit = () => {
    const view = frame.current;
    if (!view) return;
    const { right, bottom } = reserved(view);
    const width = view.clientWidth - right;
    const height = view.clientHeight - bottom;
    const k = Math.max(scaleLeast, Math.min(1.15,
      (width - MARGIN) / (box.right - box.left), (height - MARGIN) / (box.bottom - box.top)));
    Object.assign(at.current, {
      k, own: false,
      // What does not fit is cut on the right: callers stand on the left.
      x: Math.max(0, (width - (box.right - box.left) * k) / 2),
      y: (height - (box.bottom - box.top) * k) / 2,
    });
    apply();
  };
  const zoom = (by: number, cx?: number, cy?: number) => {
    const view = frame.current!;
    const here = at.current;
    const px = cx ?? view.clientWidth / 2;
    const py = cy ?? view.clientHeight / 2;
    const k = Math.min(SCALE_MOST, Math.max(SCALE_LEAST, here.k * by));
    here.x = px - ((px - here.x) * k) / here.k;
    here.y = py - ((py - here.y) * k) / here.k;
    Object.assign(here, { k, own: true });
    apply();
  };
  /** Pans just so far that a point is in view. */
  const bringIn = (point: { x: number; y: number }) => {
    const view = frame.current!;
    const here = at.current;
    const px = here.x + (point.x - box.left) * here.k;
    const py = here.y + (point.y - box.top) * here.k;
    here.x += Math.max(MARGIN - px, 0) + Math.min(view.clientWidth - MARGIN - px, 0);
    here.y += Math.max(MARGIN - py, 0) + Math.min(view.clientHeight - MARGIN - py, 0);
    apply();
  };
  // A person's own view stays theirs; an untouched one keeps showing everything.
  useLayoutEffect(() => { if (!at.current.own) fit(); else apply(); },
    [box.left, box.top, box.right, box.bottom, shape]);
  useEffect(() => listen(frame.current!, at.current, { apply, fit, zoom }),
    [box.left, box.top, box.right, box.bottom]);
  return { fit, zoom, bringIn, dragged: () => at.current.moved };
}

interface Does {
  apply: () => void;
  fit: () => void;
  zoom: (by: number, x: number, y: number) => void;
}

function listen(view: HTMLDivElement, at: At, does: Does): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  /** The pointers that are down; two of them pinch. */
  const down = new Map<number, { x: number; y: number }>();
  view.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    if (down.size === 0) at.moved = false;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }, { signal });
  addEventListener("pointermove", (event) => {
    const from = down.get(event.pointerId);
    if (!from) return;
    const to = { x: event.clientX, y: event.clientY };
    const [other] = [...down].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    if (other) {
      const { left, top } = view.getBoundingClientRect();
      const apart = (point: typeof to) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      does.zoom(apart(to) / apart(from), (to.x + other.x) / 2 - left, (to.y + other.y) / 2 - top);
      at.moved = true;
    } else {
      if (!at.moved && Math.hypot(to.x - from.x, to.y - from.y) < 4) return;
      Object.assign(at, { x: at.x + to.x - from.x, y: at.y + to.y - from.y, own: true, moved: true });
      does.apply();
    }
    down.set(event.pointerId, to);
  }, { signal });
  for (const name of ["pointerup", "pointercancel"] as const)
    addEventListener(name, (event) => { down.delete(event.pointerId); }, { signal });
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = view.getBoundingClientRect();
    does.zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
  }, { signal, passive: false });
  // A panel that opens must not move what was just clicked; a new window size may.
  addEventListener("resize", () => { if (!at.own) does.fit(); }, { signal });
  return () => stop.abort();
}
