// Fetches the state after every change and lets each column show it.
import { byId, dateText, timeText } from "./dom.js";
import { showMail, startMail } from "./mail.js";
import { showOutcome } from "./outcome.js";
import { fetchState, notice, onChange, post } from "./server.js";
import { showSlack, startSlack } from "./slack.js";
import { words } from "./words.js";

let fetching = false;
let again = false;

/** Fetch and show the state; calls that come meanwhile lead to one more. */
async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    do {
      again = false;
      const state = await fetchState();
      byId("clock").dateTime = state.now;
      byId("clock").textContent = `${dateText(state.now)}, ${timeText(state.now)}`;
      showMail(state);
      showSlack(state);
      showOutcome(state);
      document.documentElement.dataset.ready = "true";
    } while (again);
  } catch {
    notice(words.errors.unreachable, "error");
  } finally {
    fetching = false;
  }
}

const steps = document.querySelectorAll("[data-step]");
for (const button of steps) {
  button.addEventListener("click", async () => {
    steps.forEach((step) => { step.disabled = true; });
    notice(words.waiting);
    await post("advance", { step: button.dataset.step });
    steps.forEach((step) => { step.disabled = false; });
    button.focus();
    refresh();
  });
}

startMail(refresh);
startSlack(refresh);
onChange(refresh);
refresh();
