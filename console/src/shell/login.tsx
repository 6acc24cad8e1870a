/** Asks for a key where the server lets in nobody without one. */

import { lockedOut, post } from "../lib/api";
import { refresh } from "../lib/router";
import { Dialog } from "../ui/parts";
import { Field, Form } from "../ui/form";

export function Login() {
  const done = () => {
    lockedOut.value = false;
    refresh();
  };
  const login = (data: FormData) =>
    post("/api/login", {
      AccessKeyId: String(data.get("AccessKeyId")).trim(),
      SecretAccessKey: String(data.get("SecretAccessKey")).trim(),
    });
  return (
    <Dialog title="Log in" onClose={() => { lockedOut.value = false; }}>
      <p>This server asks who you are. Use a key that was made with <code>fluoro keys create</code>.</p>
      <Form label="Log in" onSubmit={login} onDone={done}>
        <Field name="AccessKeyId" label="Access key id" required autofocus />
        <Field name="SecretAccessKey" label="Secret" type="password" required />
      </Form>
    </Dialog>
  );
}
