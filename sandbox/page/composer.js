// Where a person writes: text, reply and edit bars, commands, attachments, and the reply keyboard.

import { editText, sendContact, sendText, sendVoice, startBot } from "./api.js";
import { openAttachMenu } from "./attachments.js";
import { block } from "./chat-menu.js";
import { CommandList } from "./commands.js";
import { el, icon, iconButton } from "./dom.js";
import { summary } from "./format.js";
import { replyKeyboard } from "./keyboard.js";
import { pickSticker, shareLocation } from "./share.js";

const MAX_ROWS_PX = 132;

export class Composer {
  constructor(view) {
    this.view = view;
    this.phone = view.phone;
    this.replyTo = null;
    this.editing = null;
    this.asked = null;
    this.keyboardHidden = false;
    this.draftKey = `${view.cid}/${view.thread}`;
    this.commands = new CommandList(view, () => this.clear());
    this.bar = el("div.reply-bar", { hidden: true, "data-testid": "reply-bar" });
    this.board = el("div.board");
    this.line = this.buildLine();
    this.gate = el("button.gate", { hidden: true });
    const closeCommands = (event) => event.key === "Escape" && this.commands.close();
    const parts = [this.commands.node, this.bar, this.line, this.gate, this.board];
    this.node = el("footer.composer", { on: { keydown: closeCommands } }, ...parts);
    this.input.value = this.phone.drafts.get(this.draftKey) ?? "";
    this.drawState();
    this.drawKeyboard();
    this.onInput();
    requestAnimationFrame(() => this.fit());
  }

  destroy() {
    if (!this.editing) this.phone.drafts.set(this.draftKey, this.input.value);
  }

  buildLine() {
    this.input = el("textarea", {
      rows: "1",
      dir: "auto",
      placeholder: "Message",
      label: "Message",
      enterkeyhint: "send",
      autocomplete: "off",
      "data-testid": "composer-input",
      on: { input: () => this.onInput(), keydown: (event) => this.onKey(event) },
    });
    this.menuButton = iconButton("menu", "Commands", () => this.commands.toggle(), {
      class: "icon-button commands-button",
      "aria-expanded": "false",
      "data-testid": "commands",
    });
    this.boardButton = iconButton("keyboard", "Show or hide the answer buttons", () => this.toggleBoard(), {
      "data-testid": "keyboard-toggle",
    });
    this.stickerButton = iconButton("smile", "Stickers", () => pickSticker(this.view), { "data-testid": "stickers" });
    const attach = iconButton("attach", "Attach", () => openAttachMenu(this.view), { "data-testid": "attach" });
    this.sendButton = iconButton("send", "Send", () => this.send(), { class: "icon-button round", "data-testid": "send" });
    this.micButton = iconButton("mic", "Send a voice message", () => this.voice(), {
      class: "icon-button round",
      "data-testid": "voice",
    });
    const field = el("div.field", {}, this.input, this.boardButton, this.stickerButton);
    return el("div.composer-line", {}, this.menuButton, attach, field, this.sendButton, this.micButton);
  }

  get chat() {
    return this.phone.feed.chats.get(this.view.cid) ?? this.view.chat;
  }

  /** Show what this chat allows: start, unblock, or write. */
  drawState() {
    const gate = this.view.isGroup ? null : this.phone.person.blocked ? "unblock" : this.chat.started ? null : "start";
    this.menuButton.hidden = !this.commands.all.length;
    this.line.hidden = this.board.hidden = Boolean(gate);
    this.gate.hidden = !gate;
    if (!gate) return;
    this.gate.textContent = gate === "start" ? "START" : "UNBLOCK";
    this.gate.dataset.testid = gate === "start" ? "start" : "unblock-gate";
    this.gate.onclick = () => (gate === "start" ? this.start() : block(this.phone, false));
  }

  /** The message that is answered or changed, if any. */
  get context() {
    return this.replyTo ?? this.editing;
  }

  start() {
    return this.view.deliver(() => startBot(this.phone.uid, this.view.cid));
  }

  drawKeyboard() {
    const { keyboard } = this.chat;
    const rows = keyboard?.rows?.length ? keyboard.rows : null;
    this.boardButton.hidden = !rows;
    this.keyboardHidden = false;
    this.board.replaceChildren(...(rows ? [replyKeyboard(keyboard, (button) => this.choose(button))] : []));
    this.board.classList.toggle("folded", !rows);
    this.boardButton.classList.toggle("on", Boolean(rows));
    this.input.placeholder = keyboard?.placeholder || "Message";
    this.followForceReply();
  }

  /** Turn to the message that asks for a reply, once, as soon as it is here. */
  followForceReply() {
    const { keyboard } = this.chat;
    const id = keyboard?.force_reply ? keyboard.force_reply_to : null;
    if (!id || id === this.asked) return;
    const question = this.view.find(id);
    if (!question) return;
    this.asked = id;
    const elsewhere = document.activeElement !== document.body && !this.phone.node.contains(document.activeElement);
    this.setReply(question, { focus: !elsewhere });
  }

  toggleBoard(hidden = !this.keyboardHidden) {
    this.keyboardHidden = hidden;
    this.board.classList.toggle("folded", hidden);
    this.boardButton.classList.toggle("on", !hidden);
  }

  async choose(button) {
    if (button.request_contact) {
      const sure = await this.phone.overlay.ask({
        title: "Share your phone number?",
        text: `${this.phone.world.bot.name} will learn your number ${this.phone.person.phone ?? ""}.`,
        yes: "Share",
        no: "Cancel",
        testid: "share-contact",
      });
      if (!sure) return;
      await this.view.deliver((fields) => sendContact(this.phone.uid, this.view.cid, { user_id: null, ...fields }));
    } else if (button.request_location) {
      shareLocation(this.view, { asked: true });
      return;
    } else await this.view.sendCommand(button.text);
    if (this.chat.keyboard?.one_time) this.toggleBoard(true);
  }

  onInput() {
    const text = this.input.value;
    this.fit();
    const empty = !text.trim();
    this.sendButton.hidden = empty && !this.editing;
    this.micButton.hidden = !this.sendButton.hidden;
    this.stickerButton.hidden = !empty;
    this.commands.suggest(text);
  }

  /** As high as its text, up to some lines; an input that is not on the page yet has no height to measure. */
  fit() {
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_ROWS_PX)}px`;
  }

  onKey(event) {
    // The Enter that ends the choice of a Chinese word belongs to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.commands.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && (this.replyTo || this.editing)) {
      event.stopPropagation();
      this.setReply(null);
    } else if (event.key === "ArrowUp" && !this.input.value) this.editLast(event);
  }

  editLast(event) {
    const own = this.view.visible().filter((message) => message.mine && message.text && !message.media);
    if (!own.length) return;
    event.preventDefault();
    this.setEdit(own.at(-1));
  }

  clear() {
    this.input.value = "";
    this.phone.drafts.delete(this.draftKey);
    this.onInput();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text) return;
    const { editing } = this;
    this.clear();
    const done = editing
      ? await this.view.deliver(() => editText(this.phone.uid, this.view.cid, editing.id, text))
      : await this.view.sendCommand(text);
    if (!done && !this.input.value) {
      this.input.value = text;
      this.onInput();
    }
    this.input.focus({ preventScroll: true });
  }

  voice() {
    return this.view.deliver((fields) => sendVoice(this.phone.uid, this.view.cid, fields));
  }

  /** Answer `message` with whatever is sent next; null takes the reply or edit back. */
  setReply(message, { focus = true } = {}) {
    const wasEditing = this.editing;
    this.replyTo = message;
    this.editing = null;
    if (wasEditing) this.clear();
    this.drawBar(message, "reply", message ? `Reply to ${message.mine ? "yourself" : (message.from?.name ?? "")}` : "");
    if (message && focus) this.input.focus({ preventScroll: true });
  }

  setEdit(message) {
    this.replyTo = null;
    this.editing = message;
    this.input.value = message.text;
    this.drawBar(message, "edit", "Edit message");
    this.onInput();
    this.input.focus({ preventScroll: true });
  }

  drawBar(message, sign, title) {
    this.bar.hidden = !message;
    if (!message) return;
    const cancel = iconButton("close", "Cancel", () => this.setReply(null), { "data-testid": "reply-cancel" });
    this.bar.replaceChildren(
      icon(sign),
      el("span.reply-text", {}, el("b", { text: title, dir: "auto" }), el("span", { text: summary(message), dir: "auto" })),
      cancel,
    );
  }
}
