/** Encryption of stored documents. */

import { useState } from "preact/hooks";
import { post } from "../lib/api";
import { useQuery } from "../lib/query";
import { refresh, refreshed } from "../lib/router";
import { Choice, Loading, Problem } from "../ui/parts";
import { Field, Form } from "../ui/form";

interface Config {
  KeyId?: string | null;
  Status?: string | null;
  Type?: "NONE" | "KMS" | null;
}

export function Encryption() {
  const { data, error } = useQuery([refreshed.value], (stop) =>
    post<{ EncryptionConfig: Config }>("/EncryptionConfig", {}, stop));
  const [chosen, setChosen] = useState<"NONE" | "KMS" | null>(null);
  if (error && !data) return <Problem error={error} retry={refresh} />;
  if (!data) return <Loading what="the encryption setting" />;
  const config = data.EncryptionConfig;
  const type = chosen ?? config.Type ?? "NONE";
  return (
    <div class="narrow">
      <p>Now: <b>{config.Type === "KMS" ? `encrypted with ${config.KeyId}` : "not encrypted with a key of yours"}</b>
        {config.Status && config.Status !== "ACTIVE" && ` (${config.Status.toLowerCase()})`}</p>
      <p class="muted">
        What is encrypted are documents, in the store and on their way to it. What is searched stays readable:
        names, URLs, annotations, users, exceptions and times.
      </p>
      <Form label="Apply" onDone={() => { setChosen(null); refresh(); }} onSubmit={(data) =>
        post("/PutEncryptionConfig", type === "KMS" ? { Type: type, KeyId: String(data.get("KeyId")).trim() } : { Type: type })}>
        <Choice label="Encryption" value={type} onChange={setChosen} options={[["NONE", "Default"], ["KMS", "With a key"]]} />
        {type === "KMS" && <Field name="KeyId" label="Key" required value={config.KeyId ?? ""} hint="local for this server's own key file, or an alias, a key id or an ARN of AWS KMS" />}
      </Form>
      <p class="muted">A change counts for documents that arrive after it; stored ones stay as they are.</p>
    </div>
  );
}
