// One message (or one album) as it stands in a chat.

import { avatar } from "./avatar.js";
import { el, icon } from "./dom.js";
import { hueOf, money, summary, timeOfDay } from "./format.js";
import { inlineKeyboard } from "./keyboard.js";
import { albumNode, isPicture, mediaNode } from "./media.js";
import { endsRightToLeft, richText } from "./rich-text.js";

const QUOTED = 80;

/** Build the row for `item`: {messages, first, last, quoted, topic}; `view` is the chat view it stands in. */
export function bubbleRow(item, view) {
  const [head] = item.messages;
  const worded = item.messages.find((message) => message.text) ?? head;
  const side = head.mine ? "mine" : "theirs";
  const edges = `${item.first ? ".first" : ""}${item.last ? ".last" : ""}`;
  const row = el(`article.message.${side}${edges}`, {
    "data-message-id": head.id,
    "data-testid": "message",
    tabindex: "-1",
    label: `${head.mine ? "You" : (head.from?.name ?? "")}, ${timeOfDay(head.date)}`,
  });
  if (view.isGroup && !head.mine) {
    row.append(item.last ? avatar(head.from?.id ?? 0, head.from?.name ?? "?", "small") : el("div.avatar-space"));
  }
  const stack = el("div.stack", {}, bubble(item, worded, view));
  if (head.reactions?.length) {
    stack.append(el("div.reactions", { label: "Reactions" }, head.reactions.map((sign) => el("span", { text: sign }))));
  }
  const keys = item.messages.find((message) => message.inline_keyboard?.length);
  const board = keys ? inlineKeyboard(keys, { phone: view.phone, cid: view.cid, pay: () => view.pay(keys) }) : null;
  if (board) stack.append(board);
  row.append(stack);
  return row;
}

function bubble(item, worded, view) {
  const [head] = item.messages;
  const bare = head.media?.kind === "sticker";
  const box = el(`div.bubble${bare ? ".bare" : ""}`);
  if (view.isGroup && !head.mine && item.first && !bare) {
    const style = { "--hue": String(hueOf(head.from?.id ?? 0)) };
    box.append(el("div.author", { text: head.from?.name ?? "", dir: "auto", style }));
  }
  if (item.topic) box.append(topicTag(item.topic, view));
  if (head.forwarded_from) {
    box.append(el("div.forwarded", {}, "Forwarded from ", el("b", { text: head.forwarded_from, dir: "auto" })));
  }
  if (head.reply_to) box.append(quote(head.reply_to, item.quoted, view));
  if (item.messages.length > 1) box.append(albumNode(item.messages, view.phone));
  else if (head.media) box.append(mediaNode(head, view.phone));
  if (head.invoice) box.append(invoiceCard(head.invoice));
  const hasText = Boolean(worded.html) && !bare;
  if (hasText) {
    const text = richText(worded, {
      send: (command) => view.sendCommand(command),
      follow: (href) => view.phone.followBotLink(href),
    });
    text.append(el("span.meta-space", { "aria-hidden": "true" }));
    box.append(text);
    box.classList.toggle("ends-left", endsRightToLeft(worded.text ?? ""));
  }
  const onPicture = isPicture(item.messages.at(-1).media) && !hasText;
  if (isPicture(head.media)) box.classList.add("has-picture");
  if (!hasText) box.classList.add("no-text");
  box.append(meta(item.messages, onPicture || bare));
  return box;
}

function meta(messages, overPicture) {
  const [head] = messages;
  const edited = messages.some((message) => message.edited);
  return el(
    `div.meta${overPicture ? ".over" : ""}`,
    {},
    messages.some((message) => message.pinned) ? icon("pin") : null,
    edited ? el("span", { text: "edited", "data-testid": "edited" }) : null,
    el("time", { datetime: head.date, text: timeOfDay(head.date) }),
    head.mine ? icon("ticks") : null,
  );
}

function quote(id, quoted, view) {
  const writer = quoted ? (quoted.mine ? "You" : (quoted.from?.name ?? "")) : "";
  const thumb = quoted?.media?.kind === "photo" ? el("img", { src: quoted.media.url, alt: "" }) : null;
  return el(
    "button.quote",
    { label: `Reply to: ${summary(quoted).slice(0, QUOTED)}. Show it`, "data-testid": "quote", on: { click: () => view.showMessage(id) } },
    thumb,
    el(
      "span.quote-text",
      {},
      el("b", { text: writer, dir: "auto" }),
      el("span", { text: quoted ? summary(quoted) : "Deleted message", dir: "auto" }),
    ),
  );
}

function topicTag(topic, view) {
  return el(
    "button.topic-tag",
    { label: `Topic ${topic.name}. Open it`, "data-testid": "topic-tag", on: { click: () => view.openTopic(topic.id) } },
    icon("hash"),
    el("span", { text: topic.name, dir: "auto" }),
  );
}

function invoiceCard(invoice) {
  return el(
    "div.invoice",
    { "data-testid": "invoice" },
    el("div.invoice-sign", { "aria-hidden": "true" }, icon("card")),
    el("h3", { text: invoice.title, dir: "auto" }),
    el("p", { text: invoice.description, dir: "auto" }),
    el(
      "div.invoice-total",
      {},
      el("b", { text: money(invoice.total, invoice.currency) }),
      invoice.paid ? el("span.paid", {}, icon("check"), "Paid") : null,
    ),
  );
}
