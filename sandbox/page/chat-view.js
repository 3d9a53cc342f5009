// An open chat: header, pinned message, messages, and the composer with its keyboards.

import { pay, sendText } from "./api.js";
import { acceptFiles } from "./attachments.js";
import { avatar, topicSign } from "./avatar.js";
import { openChatMenu } from "./chat-menu.js";
import { Composer } from "./composer.js";
import { el, icon, iconButton } from "./dom.js";
import { summary } from "./format.js";
import { watchGestures } from "./gestures.js";
import { MessageList } from "./message-list.js";
import { openMessageMenu } from "./message-menu.js";
import { openPayment } from "./payment.js";

const ACTIONS = {
  typing: "typing",
  upload_photo: "sending a photo",
  upload_document: "sending a file",
  upload_video: "sending a video",
  upload_voice: "sending a voice message",
  record_voice: "recording a voice message",
  find_location: "looking for a place",
  choose_sticker: "choosing a sticker",
};

export class ChatView {
  /** `thread`: a topic's id, null for General, undefined for the whole chat. */
  constructor(phone, cid, thread) {
    this.phone = phone;
    this.cid = cid;
    this.thread = thread;
    this.chat = phone.feed.chats.get(cid);
    this.isGroup = this.chat.kind === "group";
    this.messageList = new MessageList(this);
    this.composer = new Composer(this);
    this.pinned = el("button.pinned", { hidden: true, "data-testid": "pinned" });
    this.intro = this.introduction();
    this.messageList.node.append(this.intro);
    this.node = el(
      "section.view.chat-view",
      {
        "data-open-chat": cid,
        "data-open-topic": thread === null ? "general" : thread,
        "data-testid": "chat-view",
        label: this.title,
      },
      this.header(),
      this.pinned,
      this.messageList.node,
      this.composer.node,
    );
    acceptFiles(this);
    this.messageList.node.addEventListener("pointerdown", () => this.composer.commands.close());
    this.listeners = {
      messages: (event) => event.detail.chat === cid && this.draw(event.detail.incoming),
      keyboard: (event) => event.detail.chat === cid && this.composer.drawKeyboard(),
      action: () => this.drawSubtitle(),
      chats: () => this.composer.drawState(),
    };
    for (const [name, act] of Object.entries(this.listeners)) phone.feed.addEventListener(name, act);
    this.onChange = () => {
      this.draw();
      this.composer.drawState();
    };
    phone.world.addEventListener("change", this.onChange);
    phone.world.addEventListener("day", this.onChange);
    phone.feed.watch({ chat: cid, thread });
    this.drawSubtitle();
    this.draw();
    if (!phone.feed.messages.has(cid)) phone.run(() => phone.feed.loadMessages(cid));
  }

  destroy() {
    for (const [name, act] of Object.entries(this.listeners)) this.phone.feed.removeEventListener(name, act);
    this.phone.world.removeEventListener("change", this.onChange);
    this.phone.world.removeEventListener("day", this.onChange);
    this.messageList.destroy();
    this.composer.destroy();
  }

  get topic() {
    if (!this.chat.forum || this.thread === undefined) return null;
    if (this.thread === null) return { id: null, name: "General" };
    return this.topics.find((topic) => topic.id === this.thread) ?? { id: this.thread, name: "Topic" };
  }

  get topics() {
    return this.phone.world.group(this.cid)?.topics ?? [];
  }

  get title() {
    return this.topic?.name ?? this.chat.title;
  }

  header() {
    this.subtitle = el("span.subtitle", { "aria-live": "polite", "data-testid": "subtitle" });
    const more = iconButton("more", "Chat menu", () => openChatMenu(this, more), { "data-testid": "chat-menu" });
    const face = this.topic
      ? topicSign(this.topic.id, this.topic.name)
      : avatar(this.isGroup ? this.cid : this.phone.world.bot.id, this.chat.title);
    face.classList.add("small");
    return el(
      "header.top.chat-top",
      {},
      iconButton("back", "Back", () => this.phone.goBack(), { "data-testid": "back" }),
      face,
      el("div.heading", {}, el("h1", { text: this.title, dir: "auto" }), this.subtitle),
      more,
    );
  }

  /** What stands in a chat that has no messages yet. */
  introduction() {
    const { bot } = this.phone.world;
    return el(
      "div.intro",
      { "data-testid": "intro" },
      avatar(bot.id, bot.name),
      el("h2", { text: bot.name, dir: "auto" }),
      el("p", { text: bot.description || "Press START to meet the bot.", dir: "auto" }),
    );
  }

  drawSubtitle() {
    const doing = this.phone.feed.actions.get(this.cid);
    this.subtitle.classList.toggle("typing", Boolean(doing));
    if (doing) {
      const words = ACTIONS[doing.action] ?? "typing";
      this.subtitle.textContent = `${this.isGroup ? `${this.phone.world.bot.name} is ` : ""}${words}…`;
    } else if (this.topic) this.subtitle.textContent = this.chat.title;
    else if (this.isGroup) {
      const people = this.phone.world.group(this.cid)?.members.length ?? 0;
      this.subtitle.textContent = `${people} ${people === 1 ? "member" : "members"}`;
    } else this.subtitle.textContent = "bot";
  }

  find(id) {
    return this.phone.feed.find(this.cid, id);
  }

  /** The messages on this screen: of the topic when one is open, else all. */
  visible() {
    const all = this.phone.feed.list(this.cid);
    return this.thread === undefined ? all : all.filter((message) => (message.thread_id ?? null) === this.thread);
  }

  /** The topic to name on a message: only where messages of all topics stand together. */
  topicOf(message) {
    if (!this.chat.forum || this.thread !== undefined) return null;
    const id = message.thread_id ?? null;
    if (id === null) return { id, name: "General" };
    return this.topics.find((topic) => topic.id === id) ?? { id, name: "Topic" };
  }

  openTopic(id) {
    this.phone.openThread(this.cid, id);
  }

  draw(incoming = null) {
    this.composer.followForceReply();
    const messages = this.visible();
    const here = incoming && this.phone.feed.isWatched(this.cid, incoming) ? incoming : null;
    this.messageList.update(messages, here);
    this.node.classList.toggle("blank", !messages.length);
    this.intro.hidden = messages.length > 0 || this.isGroup;
    const pin = messages.filter((message) => message.pinned).at(-1);
    this.pinned.hidden = !pin;
    if (!pin) return;
    this.pinned.replaceChildren(
      icon("pin"),
      el("span.pinned-text", {}, el("b", { text: "Pinned message" }), el("span", { text: summary(pin), dir: "auto" })),
    );
    this.pinned.onclick = () => this.showMessage(pin.id);
  }

  showMessage(id) {
    if (this.messageList.reveal(id)) return;
    const message = this.find(id);
    if (!message) this.phone.overlay.toast("This message is gone");
    else this.phone.openThread(this.cid, message.thread_id ?? null);
  }

  /** Where an answer goes: the fields that every sending call shares. */
  target() {
    const fields = {};
    if (this.composer.replyTo) fields.reply_to = this.composer.replyTo.id;
    const thread = this.thread ?? this.composer.replyTo?.thread_id;
    if (thread) fields.thread_id = thread;
    return fields;
  }

  /**
   * Run a sending call and put the reply it was part of away; resolves to whether it went well. What was sent comes
   * by the event stream only: taken from the answer, a message that the bot deletes at once could come back.
   */
  deliver(call) {
    const { context } = this.composer;
    return this.phone.run(async () => {
      await call(this.target());
      // The bot may be quicker than the answer to this call and already ask for another reply.
      if (context && this.composer.context === context) this.composer.setReply(null);
    });
  }

  sendCommand(text) {
    return this.deliver((fields) => sendText(this.phone.uid, this.cid, { text, ...fields }));
  }

  pay(message) {
    openPayment(this.phone, message, (outcome) => pay(this.phone.uid, this.cid, message.id, outcome));
  }

  gestures(row, messages) {
    watchGestures(row, {
      menu: (where) => openMessageMenu(this, where, messages),
      reply: () => this.composer.setReply(messages[0]),
    });
  }
}
