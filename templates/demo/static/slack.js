// The middle column: one conversation of the workspace as one member sees it, modals, and the command line.
import { blocksView, formValues } from "./blocks.js";
import { byId, el, show, timeText, dateText } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { post } from "./server.js";
import { words } from "./words.js";

const HOME = "home";
const view = { user: undefined, channel: undefined };
let state;
let refresh;
let shown;
let listed;

/** Wire the column; `again` fetches the state and shows it. */
export function startSlack(again) {
  refresh = again;
  byId("who").addEventListener("change", (event) => {
    const inDirect = state.slack.channels.some((channel) => channel.id === view.channel && channel.dm_of);
    Object.assign(view, { user: event.target.value, channel: inDirect ? state.slack.channels[0].id : view.channel });
    if (view.channel === HOME) openHome();
    showSlack(state);
  });
  byId("command-form").addEventListener("submit", send);
  byId("modal").addEventListener("cancel", (event) => { event.preventDefault(); cancelModal(); });
}

/** Show the column for this state. */
export function showSlack(next) {
  state = next;
  view.user ??= state.slack.users[0]?.id;
  view.channel ??= state.slack.channels[0]?.id;
  showPeople();
  showChannels();
  const now = JSON.stringify([view, state.slack.messages, state.slack.ephemerals[view.user], state.slack.homes[view.user]]);
  if (now !== shown) showConversation();
  shown = now;
  showModal();
}

const names = () => Object.fromEntries([
  ...state.slack.users.map((user) => [user.id, user.name]),
  ...state.slack.channels.map((channel) => [channel.id, channel.name]),
  [state.slack.bot, words.bot],
]);

function showPeople() {
  const now = JSON.stringify([state.slack.users, state.commands]);
  if (now === listed) return;
  listed = now;
  show(byId("who"), state.slack.users.map((user) => el("option", { value: user.id, selected: user.id === view.user }, user.real_name)));
  show(byId("hints"), state.commands.map((hint) => el("button", {
    type: "button", class: "hint", title: hint.description,
    onclick: () => { byId("command").value = `${hint.command} ${hint.text}`.trim(); byId("command").focus(); },
  }, `${hint.command} ${hint.text}`.trim())));
}

function showChannels() {
  const mine = state.slack.channels.filter((channel) => !channel.dm_of || channel.dm_of === view.user);
  const tabs = [
    ...mine.map((channel) => [channel.id, channel.dm_of ? words.bot : `# ${channel.name}`]),
    [HOME, words.home],
  ];
  show(byId("channels"), tabs.map(([id, label]) => el("button", {
    type: "button", role: "tab", "aria-selected": String(id === view.channel), "aria-controls": "messages", "data-key": id,
    onclick: () => { view.channel = id; if (id === HOME) openHome(); showSlack(state); },
  }, label)));
}

async function openHome() {
  if (await post("slack/home", { user: view.user })) refresh();
}

function showConversation() {
  const place = byId("messages");
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 80;
  show(place, view.channel === HOME ? homeView() : messagesView());
  if (view.channel !== HOME && atEnd) place.scrollTop = place.scrollHeight;
}

function homeView() {
  const home = state.slack.homes[view.user];
  if (!home) return [el("p", { class: "empty" }, words.homeEmpty)];
  const use = (element, value) => confirmed(element.confirm, () =>
    post("slack/view/click", { user: view.user, view_id: home.id, action_id: element.action_id, value: value ?? null }));
  return [el("div", { class: "home" }, blocksView(home.body.blocks, { names: names(), use, key: home.id }))];
}

function messagesView() {
  const inChannel = state.slack.messages[view.channel] ?? [];
  const mine = (state.slack.ephemerals[view.user] ?? []).filter((message) => message.channel === view.channel);
  const all = [...inChannel, ...mine].sort((one, other) => Number(one.ts) - Number(other.ts));
  if (!all.length) return [el("p", { class: "empty" }, words.messagesEmpty)];
  let day;
  return all.flatMap((message) => {
    const today = dateText(moment(message.ts));
    const line = today === day ? [] : [el("div", { class: "day" }, el("span", {}, today))];
    day = today;
    return [...line, messageView(message)];
  });
}

const moment = (ts) => new Date(Number(ts) * 1000).toISOString();

function messageView(message) {
  const use = (element, value) => confirmed(element.confirm, () => post("slack/click", {
    user: view.user, channel: message.channel, ts: message.ts, action_id: element.action_id, value: value ?? null,
  }));
  const body = message.blocks.length
    ? blocksView(message.blocks, { names: names(), use, key: message.ts })
    : [el("div", { class: "b-text" }, mrkdwn(message.text, names()))];
  const reply = message.thread_ts && message.thread_ts !== message.ts;
  const classes = ["message", message.only_for && "ephemeral", reply && "reply-in-thread"].filter(Boolean).join(" ");
  return el("article", { class: classes, "data-ts": message.ts, "aria-label": message.text },
    el("div", { class: "avatar", "aria-hidden": "true" }, "R"),
    el("div", { class: "message-body" },
      message.only_for ? el("p", { class: "only-you" }, words.onlyYou) : "",
      el("p", { class: "author" }, el("b", {}, words.bot), el("span", { class: "app-tag" }, words.app),
        el("time", { datetime: moment(message.ts) }, timeText(moment(message.ts))),
        reply ? el("span", {}, words.thread) : "", message.edited ? el("span", {}, `(${words.edited})`) : ""),
      el("div", { class: message.blocks.length ? "card" : "" }, body)));
}

/** Ask first where the element wants it, then act. */
function confirmed(question, act) {
  if (!question) { act(); return; }
  const dialog = byId("confirm");
  const yes = el("button", {
    type: "button", class: question.style === "danger" ? "danger" : "primary", "data-answer": "yes",
    onclick: () => { dialog.close(); act(); },
  }, question.confirm?.text ?? words.confirmYes);
  const no = el("button", { type: "button", onclick: () => dialog.close() }, question.deny?.text ?? words.confirmNo);
  show(dialog, el("h3", { id: "confirm-title" }, question.title.text), el("p", {}, mrkdwn(question.text.text, names())),
    el("div", { class: "row end" }, no, yes));
  dialog.showModal();
  no.focus();
}

let modal; // the modal on screen, by id and hash and errors, so that what is being typed is left alone

const topModal = () => state.slack.views[view.user]?.at(-1);

function showModal() {
  const dialog = byId("modal");
  const top = topModal();
  const now = top && JSON.stringify([top.id, top.hash, top.errors]);
  if (now === modal) return;
  const typed = top && modal?.includes(top.id) ? formValues(dialog.querySelector("form")) : {};
  modal = now;
  if (!top) { dialog.close(); return; }
  show(dialog, modalForm(top));
  for (const [name, value] of Object.entries(typed)) dialog.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((input) => fillIn(input, value));
  if (!dialog.open) dialog.showModal();
}

function fillIn(input, value) {
  if (input.type === "checkbox") input.checked = value.split(",").includes(input.value);
  else input.value = value;
}

function modalForm(top) {
  const { body } = top;
  const use = (element, value) => confirmed(element.confirm, () =>
    post("slack/view/click", { user: view.user, view_id: top.id, action_id: element.action_id, value: value ?? null }));
  return el("form", { onsubmit: async (event) => {
    event.preventDefault();
    if (await post("slack/view/submit", { user: view.user, view_id: top.id, values: formValues(event.target) })) refresh();
  } },
  el("h3", { id: "modal-title" }, body.title.text),
  el("div", { class: "modal-body" }, blocksView(body.blocks, { names: names(), use, errors: top.errors, key: top.id })),
  el("div", { class: "row end" },
    el("button", { type: "button", onclick: cancelModal }, body.close?.text ?? words.cancel),
    body.submit ? el("button", { type: "submit", class: "primary" }, body.submit.text) : ""));
}

async function cancelModal() {
  if (await post("slack/view/close", { user: view.user, view_id: topModal().id })) refresh();
}

async function send(event) {
  event.preventDefault();
  const typed = byId("command").value.trim();
  if (!typed) return;
  const [command, ...rest] = (typed.startsWith("/") ? typed : `/privacy ${typed}`).split(" ");
  const channel = view.channel === HOME ? state.slack.channels[0].id : view.channel;
  view.channel = channel;
  if (await post("slack/command", { user: view.user, channel, command, text: rest.join(" ") })) byId("command").value = "";
  refresh();
}
