/** Starts the console. */

import { render } from "preact";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/charts.css";
import { App } from "./shell/app";

const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
