/** A form that says what the server thought of it, at the field that it is about. */

import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "./parts";

/** A refusal that is about one field. */
export class FieldError extends Error {
  constructor(readonly field: string, message: string) {
    super(message);
  }
}

/** What is wrong with which field, by its name. */
const Problems = createContext<ReadonlyMap<string, string>>(new Map());

export function Form({ label, danger = false, onSubmit, onDone, children }: {
  label: string; danger?: boolean; onSubmit: (data: FormData) => Promise<unknown>; onDone: () => void;
  children: ComponentChildren;
}) {
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState<Error | null>(null);
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (problems.size) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problems]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    setProblems(new Map());
    try {
      await onSubmit(new FormData(form.current!));
      onDone();
    } catch (problem) {
      const fields = blamed(problem as Error, namesIn(form.current!));
      setProblems(fields);
      setError(fields.size ? null : problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" ref={form} onSubmit={(event) => void submit(event)}>
      <Problems.Provider value={problems}>{children}</Problems.Provider>
      {error && <Problem error={error} />}
      <p class="actions"><button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>{label}</button></p>
    </form>
  );
}

const namesIn = (form: HTMLFormElement) =>
  [...form.elements].flatMap((e) => ("name" in e && typeof e.name === "string" && e.name ? [e.name] : []));

const CONSTRAINT = /at '([\w.]+)' failed to satisfy constraint: ([^;]+)/g;

/** Which fields a refusal names: X-Ray's constraints by their path, other errors by the
 * member they speak of, an expression's by where in it they are. */
export function blamed(error: Error, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const named = (word: string) => names.find((name) => name.toLowerCase() === word.toLowerCase());
  if (error instanceof FieldError) return found.set(error.field, error.message);
  for (const [, path, said] of error.message.matchAll(CONSTRAINT)) {
    const name = path!.split(".").map(named).find(Boolean);
    if (name) found.set(name, said!.trim().replace(/^Member must/, "Must"));
  }
  if (found.size) return found;
  const spoken = /^Error Location: /.test(error.message) ? named("FilterExpression")
    : / already exists$/.test(error.message) ? names.find((name) => /Name$/.test(name))
    : names.find((name) => error.message.startsWith(`${name} `));
  return spoken ? found.set(spoken, error.message) : found;
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
  const problem = useContext(Problems).get(name);
  const notes = [...(problem ? [`${id}-problem`] : []), ...(hint ? [`${id}-hint`] : [])].join(" ");
  const described = {
    ...(notes ? { "aria-describedby": notes } : {}), ...(problem ? { "aria-invalid": "true" } : {}),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {multiline
        ? <textarea id={id} name={name} rows={2} {...(described as object)} defaultValue={value} />
        : <input id={id} name={name} {...({ defaultValue: value, ...rest, ...described } as object)} />}
      {problem && <small class="problem" id={`${id}-problem`} role="alert">{problem}</small>}
      {hint && <small class="muted" id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
