// Slack's mrkdwn as nodes. Only http, https and mailto links become links.
import { el } from "./dom.js";

const EMOJI = {
  bell: "🔔", calendar: "📅", eyes: "👀", hourglass: "⌛", hourglass_flowing_sand: "⏳", inbox_tray: "📥", lock: "🔒",
  mag: "🔍", no_entry: "⛔", question: "❓", rotating_light: "🚨", shield: "🛡️", unlock: "🔓", warning: "⚠️",
  wastebasket: "🗑️", white_check_mark: "✅", x: "❌", email: "✉️", alarm_clock: "⏰", memo: "📝", pencil2: "✏️",
};
const MARKS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|\*([^*\n]+)\*|_([^_\n]+)_|~([^~\n]+)~|:([a-z0-9_+-]+):/g;
const ESCAPES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const SAFE = /^(https?:\/\/|mailto:)/i;

const unescape = (text) => text.replace(/&(?:lt|gt|amp);/g, (escape) => ESCAPES[escape]);

/** Return a text object's content as nodes. */
export function richText(text, names) {
  if (!text) return [];
  return text.type === "mrkdwn" ? mrkdwn(text.text, names) : [emoji(text.text)];
}

/** Return mrkdwn as nodes; `names` maps the ids of users and channels to what to call them. */
export function mrkdwn(source, names = {}) {
  return groups(source.split("\n")).flatMap(({ quoted, lines }) => {
    const nodes = inline(lines.join("\n"), names);
    return quoted ? [el("blockquote", {}, nodes)] : nodes;
  });
}

/** Join neighbouring lines, quoted ones ("> ") apart from others. */
function groups(lines) {
  const found = [];
  for (const line of lines) {
    const quoted = /^(&gt;|>) ?/.test(line);
    const text = quoted ? line.replace(/^(&gt;|>) ?/, "") : line;
    if (found.at(-1)?.quoted === quoted) found.at(-1).lines.push(text);
    else found.push({ quoted, lines: [text] });
  }
  return found;
}

function inline(source, names) {
  const nodes = [];
  let end = 0;
  for (const match of source.matchAll(MARKS)) {
    nodes.push(unescape(source.slice(end, match.index)), marked(match, names));
    end = match.index + match[0].length;
  }
  return [...nodes, unescape(source.slice(end))];
}

function marked([whole, pre, code, angle, bold, italic, strike, name], names) {
  if (pre !== undefined) return el("pre", {}, unescape(pre));
  if (code !== undefined) return el("code", {}, unescape(code));
  if (angle !== undefined) return reference(angle, names);
  if (bold !== undefined) return el("strong", {}, inline(bold, names));
  if (italic !== undefined) return el("em", {}, inline(italic, names));
  if (strike !== undefined) return el("s", {}, inline(strike, names));
  return EMOJI[name] ?? whole;
}

function reference(angle, names) {
  const [target, label] = angle.split("|", 2);
  if (/^[@#]/.test(target)) return el("span", { class: "mention" }, `${target[0]}${names[target.slice(1)] ?? label ?? target.slice(1)}`);
  if (target.startsWith("!")) return el("span", { class: "mention" }, unescape(label ?? `@${target.slice(1)}`));
  if (!SAFE.test(target)) return unescape(label ?? target);
  return el("a", { href: unescape(target), target: "_blank", rel: "noopener noreferrer" }, unescape(label ?? target));
}

/** Replace the :names: of emoji in plain text. */
export function emoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}
