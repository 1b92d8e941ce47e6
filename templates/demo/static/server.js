// Talking to the demonstration: its state, its changes, and what is done on the page.
import { byId } from "./dom.js";
import { words } from "./words.js";

const token = document.querySelector("meta[name=demo-token]").content;
const POLL_MILLISECONDS = 2000;
const NOTICE_MILLISECONDS = 6000;
let timer;

/** Say something at the foot of the page for a while. */
export function notice(text, kind = "info") {
  const place = byId("notice");
  place.textContent = text;
  place.className = `shown ${kind}`;
  clearTimeout(timer);
  timer = setTimeout(() => { place.className = ""; place.textContent = ""; }, NOTICE_MILLISECONDS);
}

/** Return the whole state. */
export async function fetchState() {
  const response = await fetch("/api/state");
  if (!response.ok) throw new Error("no state");
  return response.json();
}

/** Do something; say what went wrong, and return whether it was done. */
export async function post(name, body) {
  try {
    const headers = { "Content-Type": "application/json", "X-Demo-Token": token };
    const response = await fetch(`/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.ok) return true;
    const { error } = await response.json();
    notice(words.errors[error] ?? words.errors.invalid, "error");
  } catch {
    notice(words.errors.unreachable, "error");
  }
  return false;
}

/** Call back after every change: told by events, or asked for while they do not arrive. */
export function onChange(callback) {
  const events = new EventSource("/api/events");
  let polling;
  events.addEventListener("message", callback);
  events.addEventListener("open", () => { clearInterval(polling); polling = undefined; });
  events.addEventListener("error", () => { polling ??= setInterval(callback, POLL_MILLISECONDS); });
}
