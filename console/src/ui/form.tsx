/** A form that says what the server thought of it. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Problem } from "./parts";

export function Form({ label, danger = false, onSubmit, onDone, children }: {
  label: string; danger?: boolean; onSubmit: (data: FormData) => Promise<unknown>; onDone: () => void;
  children: ComponentChildren;
}) {
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSubmit(new FormData(event.target as HTMLFormElement));
      onDone();
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      {children}
      {error && <Problem error={error} />}
      <p class="actions"><button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>{label}</button></p>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type?: string;
  value?: string | number;
  hint?: string;
  required?: boolean;
  min?: number;
  max?: number;
  step?: string;
  maxLength?: number;
  multiline?: boolean;
  autofocus?: boolean;
  readOnly?: boolean;
}

export function Field({ name, label, hint, value, multiline, ...rest }: FieldProps) {
  const id = useId();
  const described = hint ? { "aria-describedby": `${id}-hint` } : {};
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {multiline
        ? <textarea id={id} name={name} rows={2} {...described}>{value}</textarea>
        : <input id={id} name={name} {...({ defaultValue: value, ...rest, ...described } as object)} />}
      {hint && <small class="muted" id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
