// The right column: tickets with their dates, and what changed in the CRM.
import { byId, dayText, el, momentText, show } from "./dom.js";
import { words } from "./words.js";

const DAY_MILLISECONDS = 86400000;
const SOON_DAYS = 7;
let shown;

/** Show the column for this state. */
export function showOutcome(state) {
  const now = JSON.stringify([state.tickets, state.crm, state.now.slice(0, 10)]);
  if (now === shown) return;
  shown = now;
  byId("tickets-count").textContent = String(state.tickets.length);
  byId("crm-count").textContent = String(state.crm.length);
  show(byId("tickets"), list(state.tickets, (ticket) => ticketView(ticket, state.now), words.ticketsEmpty));
  show(byId("crm"), list(state.crm, changeView, words.crmEmpty));
}

const list = (items, one, empty) => (items.length ? el("ul", { class: "cards" }, items.map(one)) : el("p", { class: "empty" }, empty));

function ticketView(ticket, now) {
  return el("li", { class: ticket.is_open ? "ticket" : "ticket done" },
    el("div", { class: "row spread" }, el("b", { class: "reference" }, ticket.reference), el("span", { class: "state" }, ticket.state)),
    el("ul", { class: "requests" }, ticket.requests.map((request) =>
      el("li", {}, el("span", { class: "right" }, request.right), request.status))),
    el("dl", { class: "dates" },
      pair(words.received, dayText(ticket.received)), pair(words.safe, dayText(ticket.safe_date)),
      pair(words.deadline, dayText(ticket.last_date), ticket.is_open ? left(ticket.last_date, now) : "")),
    el("p", { class: "rule" }, ticket.rule));
}

const pair = (term, text, extra = "") => el("div", {}, el("dt", {}, term), el("dd", {}, text, extra ? " " : "", extra));

function left(date, now) {
  const days = Math.round((Date.parse(date) - Date.parse(now.slice(0, 10))) / DAY_MILLISECONDS);
  if (days < 0) return el("span", { class: "left late" }, words.late(-days));
  return el("span", { class: days <= SOON_DAYS ? "left soon" : "left" }, days ? words.daysLeft(days) : words.dueToday);
}

function changeView(change) {
  return el("li", { class: "change" },
    el("div", { class: "row spread" },
      el("code", {}, change.field ? `${change.table}.${change.field}` : change.table),
      el("span", { class: `action ${change.action}` }, words.actions[change.action] ?? change.action)),
    el("p", { class: "values" },
      change.before ? el("del", {}, change.before) : el("i", {}, words.nothing), el("span", { class: "arrow" }, " → "),
      change.after ? el("ins", {}, change.after) : el("i", {}, words.gone)),
    el("time", { datetime: change.at }, momentText(change.at)));
}
