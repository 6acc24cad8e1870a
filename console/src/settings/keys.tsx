/** Keys of clients that sign their requests. */

import { useState } from "preact/hooks";
import { ApiError, get, post } from "../lib/api";
import { useQuery } from "../lib/query";
import { refresh, refreshed } from "../lib/router";
import { dateTime } from "../lib/time";
import { CopyButton, Dialog, Loading, Problem } from "../ui/parts";
import { Field, Form } from "../ui/form";

interface Key {
  AccessKeyId: string;
  Name: string;
  Role: string;
  CreatedAt?: number | null;
  SecretAccessKey?: string;
}

export function Keys() {
  const { data, error } = useQuery([refreshed.value], (stop) => get<{ Keys: Key[] }>("/api/keys", stop));
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<Key | null>(null);
  const [revoked, setRevoked] = useState<Key | null>(null);
  if (error && !data)
    return error instanceof ApiError && error.status === 404
      ? <p class="notice"><span>This server keeps no keys: whoever reaches it may do everything.</span></p>
      : <Problem error={error} retry={refresh} />;
  if (!data) return <Loading what="keys" />;
  return (
    <>
      <p class="muted">Clients on other machines sign with a key, as they sign for AWS. Roles: read, write (send and read), admin.</p>
      <p class="actions"><button type="button" class="primary" onClick={() => setCreating(true)}>Create key</button></p>
      {data.Keys.length === 0 ? <p class="notice"><span>There are no keys yet.</span></p> : (
        <div class="scroll-x" role="region" aria-label="Keys" tabIndex={0}><table class="key-table">
          <thead><tr><th scope="col">Name</th><th scope="col">Access key id</th><th scope="col">Role</th><th scope="col" class="created">Created</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {data.Keys.map((key) => (
              <tr key={key.AccessKeyId}>
                <td>{key.Name}</td><td><code>{key.AccessKeyId}</code></td><td>{key.Role}</td>
                <td class="created">{key.CreatedAt ? dateTime(key.CreatedAt) : ""}</td>
                <td class="row-actions"><button type="button" class="quiet danger" aria-label={`Revoke ${key.Name}`} onClick={() => setRevoked(key)}>Revoke</button></td>
              </tr>
            ))}
          </tbody>
        </table></div>
      )}
      {creating && (
        <Dialog title="Create key" onClose={() => setCreating(false)}>
          <Form label="Create" onDone={() => { setCreating(false); refresh(); }} onSubmit={async (form) => {
            const { Key: key } = await post<{ Key: Key }>("/api/keys/create", { Name: String(form.get("Name")).trim(), Role: form.get("Role") });
            setMade(key);
          }}>
            <Field name="Name" label="Name" required maxLength={64} hint="who or what will use it" />
            <div class="field"><label for="role">Role</label>
              <select id="role" name="Role"><option>write</option><option>read</option><option>admin</option></select></div>
          </Form>
        </Dialog>
      )}
      {made && (
        <Dialog title="Key created" onClose={() => setMade(null)}>
          <p>The secret is shown once. Keep it now.</p>
          <pre>{environment(made)}</pre>
          <CopyButton text={() => environment(made)} />
        </Dialog>
      )}
      {revoked && (
        <Dialog title={`Revoke ${revoked.Name}?`} onClose={() => setRevoked(null)}>
          <Form label="Revoke" danger onSubmit={() => post("/api/keys/revoke", { AccessKeyId: revoked.AccessKeyId })} onDone={() => { setRevoked(null); refresh(); }}>
            <p>Clients that sign with it are refused from then on.</p>
          </Form>
        </Dialog>
      )}
    </>
  );
}

const environment = (key: Key) =>
  `export AWS_ACCESS_KEY_ID=${key.AccessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${key.SecretAccessKey ?? ""}`;
