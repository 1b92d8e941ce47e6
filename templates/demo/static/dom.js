// Elements are built, never parsed: text from mails and from Slack stays text.

/** Return a new element; `attributes` may hold "on…" listeners, `children` nodes and strings. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replace what a container shows, and put the focus back on the element with the same data-key. */
export function show(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children.flat());
  if (focused === undefined) return;
  [...container.querySelectorAll("[data-key]")].find((element) => element.dataset.key === focused)?.focus();
}

const moments = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dates = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export const momentText = (iso) => moments.format(new Date(iso));
export const dateText = (iso) => dates.format(new Date(iso));
export const dayText = (date) => days.format(new Date(`${date}T12:00`));
export const timeText = (iso) => times.format(new Date(iso));

/** Return text as nodes in which addresses beginning with `prefix` are links to a new tab; no others are. */
export function withLinks(text, prefix) {
  if (!prefix) return [text];
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/).map((part, index) =>
    index % 2 === 1 && part.startsWith(prefix)
      ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part)
      : part);
}
