// The left column: mailboxes, one mailbox's mails, one mail, and writing.
import { byId, el, momentText, show, withLinks } from "./dom.js";
import { notice, post } from "./server.js";
import { words } from "./words.js";

const OTHER = "";
const view = { mode: "list", address: undefined, mailId: undefined, html: true };
let state;
let refresh;

/** Wire the column; `again` fetches the state and shows it. */
export function startMail(again) {
  refresh = again;
  byId("write").addEventListener("click", () => { view.mode = "write"; showMail(state); byId("mail-body").focus(); });
  byId("mail-cancel").addEventListener("click", () => { view.mode = "list"; showMail(state); byId("write").focus(); });
  byId("mail-from").addEventListener("change", showOther);
  byId("mail-form").addEventListener("submit", send);
}

/** Show the column for this state. */
export function showMail(next) {
  state = next;
  view.address ??= state.mailboxes[0]?.address;
  showMailboxes();
  showPeople();
  for (const [mode, id] of [["list", "mail-list"], ["read", "mail-read"], ["write", "mail-form"]]) byId(id).hidden = view.mode !== mode;
  if (view.mode === "list") showList();
  if (view.mode === "read") showOne();
}

const mailbox = () => state.mailboxes.find((box) => box.address === view.address);

function showMailboxes() {
  show(byId("mailboxes"), state.mailboxes.map((box) => el("button", {
    type: "button", class: "mailbox", "data-key": box.address, "data-mailbox": box.address,
    "aria-current": view.mode !== "write" && box.address === view.address ? "true" : undefined,
    onclick: () => { view.mode = "list"; view.address = box.address; showMail(state); },
  },
  el("span", { class: "name" }, box.name), el("span", { class: "address" }, box.address),
  box.unread ? el("span", { class: "badge", "aria-label": words.unread(box.unread) }, String(box.unread)) : "")));
}

function showList() {
  const mails = mailbox()?.mails ?? [];
  const items = mails.map((mail) => el("li", {}, el("button", {
    type: "button", class: mail.unread ? "mail-item unread" : "mail-item", "data-key": mail.id, "data-mail": mail.id,
    onclick: () => open(mail),
  },
  el("span", { class: "who-at" },
    el("span", { class: "from" }, mail.sent ? `${words.to} ${mail.recipient}` : mail.sender),
    el("time", { datetime: mail.at }, momentText(mail.at))),
  el("span", { class: "subject" }, mail.subject),
  el("span", { class: "snippet" }, mail.sent ? el("span", { class: "tag" }, words.sentTag) : "", mail.text.slice(0, 160)))));
  show(byId("mail-list"), items.length ? el("ul", { class: "mails" }, items) : el("p", { class: "empty" }, words.mailEmpty));
}

async function open(mail) {
  Object.assign(view, { mode: "read", mailId: mail.id, html: true });
  shown = undefined;
  showMail(state);
  byId("mail-read").querySelector("button").focus();
  if (mail.unread && await post("read", { mail_id: mail.id })) refresh();
}

let shown; // the mail on screen; it does not change, so a half-written reply is left alone

function showOne() {
  const mail = mailbox()?.mails.find((one) => one.id === view.mailId);
  if (!mail) { view.mode = "list"; showMail(state); return; }
  const now = `${mail.id}/${view.html}`;
  if (shown === now) return;
  shown = now;
  show(byId("mail-read"),
    el("div", { class: "row spread" },
      el("button", { type: "button", class: "quiet", onclick: () => { view.mode = "list"; showMail(state); } }, "‹ ", words.back),
      mail.has_html ? formatSwitch() : ""),
    el("h3", {}, mail.subject),
    el("dl", { class: "envelope" },
      el("dt", {}, words.from), el("dd", {}, mail.sender), el("dt", {}, words.recipient), el("dd", {}, mail.recipient),
      el("dt", {}, words.date), el("dd", {}, momentText(mail.at))),
    mail.has_html && view.html ? frame(mail) : el("div", { class: "mail-text" }, withLinks(mail.text, state.portal)),
    mail.sent ? "" : replyForm(mail));
}

const formatSwitch = () => el("div", { class: "switch", role: "group" },
  [[true, words.html], [false, words.text]].map(([html, label]) => el("button", {
    type: "button", "aria-pressed": String(view.html === html), "data-key": `format-${html}`,
    onclick: () => { view.html = html; showOne(); },
  }, label)));

// The frame has its own policy from the server: no script, nothing loaded; links open in a new tab.
const frame = (mail) => el("iframe", {
  class: "mail-frame", title: words.mailFrame, sandbox: "allow-popups allow-popups-to-escape-sandbox",
  src: `/mail/${encodeURIComponent(mail.id)}`, referrerpolicy: "no-referrer",
});

function replyForm(mail) {
  const body = el("textarea", { id: "reply-body", rows: 4, required: true, maxlength: 50000 });
  const form = el("form", { class: "reply", hidden: true, onsubmit: async (event) => {
    event.preventDefault();
    if (!await post("reply", { mail_id: mail.id, body: body.value })) return;
    notice(words.sent);
    body.value = "";
    form.hidden = true;
    start.hidden = false;
    start.focus();
    refresh();
  } },
  el("label", { for: "reply-body" }, words.replyLabel), body,
  el("div", { class: "row" },
    el("button", { type: "submit", class: "primary" }, words.send),
    el("button", { type: "button", class: "quiet", onclick: () => { form.hidden = true; start.hidden = false; start.focus(); } }, words.cancelReply)));
  const start = el("button", { type: "button", id: "reply", onclick: () => { form.hidden = false; start.hidden = true; body.focus(); } }, words.reply);
  return el("div", { class: "reply-row" }, start, form);
}

let listed; // the people and examples on screen

function showPeople() {
  const now = JSON.stringify([state.people, state.examples]);
  if (now === listed) return;
  listed = now;
  show(byId("mail-from"),
    state.people.map((person) => el("option", { value: person.address }, `${person.name} <${person.address}>${person.note ? ` · ${person.note}` : ""}`)),
    el("option", { value: OTHER }, words.anotherAddress));
  show(byId("examples"), state.examples.map((example) => el("button", {
    type: "button", class: "example", onclick: () => fill(example),
  }, el("span", { class: "lang" }, example.language), example.label)));
  showOther();
}

function fill(example) {
  const known = state.people.some((person) => person.address === example.sender);
  byId("mail-from").value = known ? example.sender : OTHER;
  byId("mail-other").value = known ? "" : example.sender;
  byId("mail-subject").value = example.subject;
  byId("mail-body").value = example.body;
  byId("mail-body").lang = example.language;
  showOther();
}

function showOther() {
  const other = byId("mail-from").value === OTHER;
  byId("mail-other-row").hidden = !other;
  byId("mail-other").required = other;
}

async function send(event) {
  event.preventDefault();
  const sender = byId("mail-from").value || byId("mail-other").value;
  const mail = { sender, subject: byId("mail-subject").value, body: byId("mail-body").value };
  if (!await post("mail", mail)) return;
  notice(words.sent);
  event.target.reset();
  showOther();
  view.mode = "list";
  if (state.mailboxes.some((box) => box.address === sender)) view.address = sender;
  refresh();
}
