// Block Kit as elements. `use(element, value)` is called when someone uses an interactive one.
import { el } from "./dom.js";
import { emoji, richText } from "./mrkdwn.js";
import { words } from "./words.js";

/** Return blocks as elements; `place` is { names, use, errors, key }. */
export const blocksView = (blocks, place) => blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, place));

const BLOCKS = {
  header: (block) => el("h4", { class: "b-header" }, emoji(block.text.text)),
  section: (block, place) => el("div", { class: "b-section" },
    el("div", { class: "b-body" },
      block.text ? el("div", { class: "b-text" }, richText(block.text, place.names)) : "",
      block.fields ? el("div", { class: "b-fields" },
        block.fields.map((field) => el("div", {}, richText(field, place.names)))) : ""),
    block.accessory ? el("div", { class: "b-accessory" }, control(block.accessory, block, place)) : ""),
  context: (block, place) => el("div", { class: "b-context" },
    block.elements.map((element) => element.type === "image"
      ? el("span", {}, element.alt_text) : el("span", {}, richText(element, place.names)))),
  divider: () => el("hr", {}),
  actions: (block, place) => el("div", { class: "b-actions" },
    block.elements.map((element) => control(element, block, place))),
  input: (block, place) => input(block, place),
};

const unknown = () => el("div", {});

function control(element, block, place) {
  const key = `${place.key}/${block.block_id}/${element.action_id}/${element.value ?? ""}`;
  if (element.type === "button") return button(element, key, place);
  if (element.options) {
    const box = choice(element, { "data-key": key, "aria-label": element.placeholder?.text ?? words.select });
    box.addEventListener("change", () => place.use(element, box.value));
    return box;
  }
  return el("input", {
    type: element.type === "datepicker" ? "date" : "text", "data-key": key, "aria-label": element.placeholder?.text,
    value: element.initial_date, onchange: (event) => place.use(element, event.target.value),
  });
}

function button(element, key, place) {
  const label = emoji(element.text.text);
  const kind = element.style ? `b-button ${element.style}` : "b-button";
  if (element.url) {
    const safe = /^https?:\/\//i.test(element.url) ? element.url : undefined;
    return el("a", { class: kind, href: safe, target: "_blank", rel: "noopener noreferrer", "data-key": key }, label);
  }
  return el("button", {
    type: "button", class: kind, "data-key": key, "data-action": element.action_id,
    "aria-label": element.accessibility_label, onclick: () => place.use(element, element.value),
  }, label);
}

function choice(element, attributes) {
  const initial = element.initial_option?.value;
  return el("select", attributes,
    el("option", { value: "" }, element.placeholder?.text ?? words.select),
    element.options.map((option) =>
      el("option", { value: option.value, selected: option.value === initial }, option.text.text)));
}

function input(block, { errors, key }) {
  const { element } = block;
  const id = `${key}-${block.block_id}`;
  const error = errors?.[block.block_id];
  const about = error ? `${id}-error` : undefined;
  const common = { id, name: block.block_id, required: !block.optional, "aria-describedby": about, "aria-invalid": Boolean(error) || undefined };
  return el("div", { class: "b-input" },
    el("label", { for: id }, emoji(block.label.text)),
    field(element, common),
    block.hint ? el("small", {}, block.hint.text) : "",
    error ? el("p", { class: "b-error", id: about }, error) : "");
}

function field(element, common) {
  if (element.type === "checkboxes") return ticks(element, common);
  if (element.options) return choice(element, common);
  if (element.multiline) {
    return el("textarea", { ...common, rows: 5, maxlength: element.max_length, placeholder: element.placeholder?.text },
      element.initial_value ?? "");
  }
  const type = { datepicker: "date", email_text_input: "email", number_input: "number" }[element.type] ?? "text";
  return el("input", {
    ...common, type, value: element.initial_value ?? element.initial_date, maxlength: element.max_length,
    placeholder: element.placeholder?.text,
  });
}

const ticks = (element, { id, name }) => el("div", { id, role: "group" },
  element.options.map((option) => el("label", { class: "tick" },
    el("input", { type: "checkbox", name, value: option.value }), option.text.text)));

/** Return what a modal's form holds, one text per block_id; several ticks are joined by commas. */
export function formValues(form) {
  const data = new FormData(form);
  return Object.fromEntries([...new Set(data.keys())].map((name) => [name, data.getAll(name).join(",")]));
}
