// The scrolling messages of a chat: grouped, separated by dates, and changed only where something changed.

import { bubbleRow } from "./bubble.js";
import { el, icon } from "./dom.js";
import { dayKey, dayLabel } from "./format.js";

const RUN_MS = 10 * 60_000;
const NEAR_END = 60;

export class MessageList {
  constructor(view) {
    this.view = view;
    this.rows = new Map();
    this.fresh = 0;
    this.stuck = true;
    this.list = el("div.messages", { role: "feed", label: "Messages", tabindex: "0", "data-testid": "messages" });
    this.scroller = el("div.scroller.chat-scroller", {}, this.list);
    this.count = el("span.badge");
    this.jump = el(
      "button.jump",
      { label: "Go to the newest message", hidden: true, "data-testid": "scroll-down", on: { click: () => this.toEnd(true) } },
      icon("down"),
      this.count,
    );
    this.node = el("div.message-area", {}, this.scroller, this.jump);
    this.scroller.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.sizes = new ResizeObserver(() => this.stuck && this.toEnd());
    this.sizes.observe(this.list);
    this.sizes.observe(this.scroller);
  }

  destroy() {
    this.sizes.disconnect();
  }

  /** Show `messages` (sorted by id). `incoming` is the one that has just come from somebody else, if any. */
  update(messages, incoming = null) {
    const own = messages.at(-1)?.mine && messages.at(-1).id !== this.lastId;
    this.lastId = messages.at(-1)?.id;
    const items = this.arrange(messages);
    const kept = new Map();
    let before = null;
    for (const item of items) {
      const node = this.rowFor(item);
      kept.set(item.key, { node, sign: item.sign });
      const place = before ? before.nextSibling : this.list.firstChild;
      if (node !== place) this.list.insertBefore(node, place);
      before = node;
    }
    for (const [key, row] of this.rows) if (kept.get(key)?.node !== row.node) row.node.remove();
    this.rows = kept;
    if (own || this.stuck) this.toEnd();
    else if (incoming) this.fresh += 1;
    this.showJump();
  }

  rowFor(item) {
    const old = this.rows.get(item.key);
    const same = old && old.sign.length === item.sign.length && old.sign.every((part, at) => part === item.sign[at]);
    return same ? old.node : this.build(item);
  }

  build(item) {
    if (item.kind === "day") return el("div.day", { role: "separator" }, el("span", { text: item.label }));
    if (item.kind === "service") {
      const [message] = item.messages;
      const words = el("span", { text: message.service, dir: "auto" });
      return el("div.service", { "data-message-id": message.id, "data-testid": "service" }, words);
    }
    const row = bubbleRow(item, this.view);
    this.view.gestures(row, item.messages);
    return row;
  }

  /** Messages as items: a separator per day, service lines, albums as one, and where a run of one writer begins. */
  arrange(messages) {
    const items = [];
    let day = null;
    for (const message of messages) {
      const key = dayKey(message.date);
      if (key !== day) {
        const label = dayLabel(message.date, this.view.phone.world.now);
        items.push({ kind: "day", key: `day-${message.id}`, label, sign: [label] });
        day = key;
      }
      const last = items.at(-1);
      if (message.service) items.push({ kind: "service", key: message.id, messages: [message], sign: [message] });
      else if (message.media_group && last.group === message.media_group) last.messages.push(message);
      else items.push({ kind: "bubble", key: message.id, messages: [message], group: message.media_group });
    }
    items.forEach((item, at) => item.kind === "bubble" && this.finish(item, items[at - 1], items[at + 1]));
    return items;
  }

  finish(item, before, after) {
    const [head] = item.messages;
    item.first = !sameRun(before, item);
    item.last = !sameRun(item, after);
    item.quoted = head.reply_to ? this.view.find(head.reply_to) : null;
    item.topic = this.view.topicOf(head);
    item.sign = [...item.messages, item.first, item.last, item.quoted, item.topic?.name];
  }

  onScroll() {
    const left = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    this.stuck = left < NEAR_END;
    if (this.stuck) this.fresh = 0;
    this.showJump();
  }

  showJump() {
    this.jump.hidden = this.stuck;
    this.count.hidden = !this.fresh;
    this.count.textContent = String(this.fresh);
  }

  toEnd(smooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.stuck = true;
    this.fresh = 0;
    this.showJump();
  }

  /** Bring a message into sight and mark it for a moment; false when it is not here. */
  reveal(id) {
    const row = this.list.querySelector(`[data-message-id="${id}"]`);
    if (!row) return false;
    this.stuck = false;
    row.scrollIntoView({ block: "center", behavior: "smooth" });
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
    return true;
  }

  /** Arrow keys go from message to message, so that each can be reached and answered without a mouse. */
  walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !(event.target === this.list || event.target.matches(".message"))) return;
    event.preventDefault();
    const rows = [...this.list.querySelectorAll(".message")];
    const at = rows.indexOf(event.target);
    const next = at < 0 ? rows.at(-1) : rows[at + step];
    next?.focus();
  }
}

function sameRun(one, two) {
  if (one?.kind !== "bubble" || two?.kind !== "bubble") return false;
  const [a, b] = [one.messages.at(-1), two.messages[0]];
  if (a.mine !== b.mine || a.from?.id !== b.from?.id) return false;
  return (a.thread_id ?? null) === (b.thread_id ?? null) && Date.parse(b.date) - Date.parse(a.date) < RUN_MS;
}
