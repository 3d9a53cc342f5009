// One person's chats and messages, kept current by the event stream.

import { getChats, getMessages, markRead, openEvents } from "./api.js";

const ACTION_SECONDS = 5;
const LOADS_MAX = 5;
const READ_DELAY_MS = 400;

/**
 * Fires "chats" (list changed), "messages" {chat, incoming}, "keyboard" {chat}, "action" {chat}, "shared" (the
 * commands or topics of the world changed), "clock" {now} and "online".
 */
export class Feed extends EventTarget {
  constructor(uid) {
    super();
    this.uid = uid;
    this.chats = new Map();
    this.messages = new Map();
    this.unread = new Map();
    this.actions = new Map();
    this.online = false;
    this.watching = null;
    this.seq = 0;
    this.onVisibility = () => (document.hidden ? this.disconnect() : this.connect());
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  async start() {
    await this.loadChats();
    this.connect();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearTimeout(this.seeing);
    this.disconnect();
  }

  // Browsers keep at most six connections to one host, so a hidden tab gives its streams back.
  connect() {
    if (this.events) return;
    this.events = openEvents(this.uid);
    this.events.onopen = () => {
      this.setOnline(true);
      this.seq = 0;
      this.reload();
    };
    this.events.onerror = () => this.setOnline(false);
    this.events.onmessage = (event) => this.receive(JSON.parse(event.data));
  }

  disconnect() {
    this.events?.close();
    this.events = null;
  }

  setOnline(online) {
    if (this.online === online) return;
    this.online = online;
    this.tell("online");
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async reload() {
    try {
      await this.loadChats();
      for (const cid of this.messages.keys()) await this.loadMessages(cid);
    } catch {
      this.setOnline(false);
    }
  }

  /** The answer of `load`, asked again while it is older than an event that has already come. */
  async current(load) {
    let answer = await load();
    for (let again = 0; answer.seq < this.seq && again < LOADS_MAX; again += 1) answer = await load();
    return answer.body;
  }

  async loadChats() {
    const chats = await this.current(() => getChats(this.uid));
    this.chats = new Map(chats.map((chat) => [chat.id, chat]));
    if (this.watching) this.forgetUnread(this.watching.chat, this.watching.thread);
    this.tell("chats");
  }

  async loadMessages(cid) {
    const behind = this.unread.has(cid) ? 0 : (this.chats.get(cid)?.unread ?? 0);
    const list = await this.current(() => getMessages(this.uid, cid));
    const known = this.messages.get(cid);
    this.messages.set(cid, new Map(list.map((message) => [message.id, sameAs(known?.get(message.id), message)])));
    if (!this.unread.has(cid)) {
      const theirs = list.filter((message) => !message.mine);
      this.unread.set(cid, new Set(behind ? theirs.slice(-behind).map((message) => message.id) : []));
    }
    if (this.watching?.chat === cid) this.forgetUnread(cid, this.watching.thread);
    this.tell("messages", { chat: cid });
    this.tell("chats");
  }

  list(cid) {
    return [...(this.messages.get(cid)?.values() ?? [])].sort((a, b) => a.id - b.id);
  }

  find(cid, id) {
    return this.messages.get(cid)?.get(id) ?? null;
  }

  /** Unread messages of a chat, or of one topic of it (`thread` null is the General topic). */
  unreadCount(cid, thread = undefined) {
    const ids = this.unread.get(cid);
    if (!ids) return this.chats.get(cid)?.unread ?? 0;
    if (thread === undefined) return ids.size;
    return [...ids].filter((id) => (this.find(cid, id)?.thread_id ?? null) === thread).length;
  }

  /** Say which chat (and topic; undefined means all of it) is on the screen; null when none is. */
  watch(watching) {
    this.watching = watching;
    if (watching) this.forgetUnread(watching.chat, watching.thread);
    this.tell("chats");
  }

  forgetUnread(cid, thread) {
    const chat = this.chats.get(cid);
    const ids = this.unread.get(cid);
    if (!ids) {
      if (chat) chat.unread = 0;
      return;
    }
    for (const id of [...ids]) {
      const message = this.find(cid, id);
      if (thread === undefined || !message || (message.thread_id ?? null) === thread) ids.delete(id);
    }
    if (chat) chat.unread = ids.size;
  }

  isWatched(cid, message) {
    if (this.watching?.chat !== cid) return false;
    return this.watching.thread === undefined || this.watching.thread === (message.thread_id ?? null);
  }

  receive(event) {
    this.seq = Math.max(this.seq, event.seq ?? 0);
    if (event.type === "message" || event.type === "edit") this.put(event.chat, event.message, event.type === "message");
    else if (event.type === "delete") this.remove(event.chat, event.id);
    else if (event.type === "keyboard") {
      const chat = this.chats.get(event.chat);
      if (chat) chat.keyboard = event.keyboard;
      this.tell("keyboard", { chat: event.chat });
    } else if (event.type === "action") this.act(event.chat, event.action);
    else if (event.type === "commands" || event.type === "topics") this.tell("shared");
    else if (event.type === "clock") this.tell("clock", { now: event.now });
  }

  put(cid, message, isNew) {
    const chat = this.chats.get(cid);
    if (!chat) {
      this.reload();
      return;
    }
    const known = this.messages.get(cid);
    const seen = known ? known.has(message.id) : (chat.last?.id ?? 0) >= message.id;
    known?.set(message.id, message);
    if (!chat.last || message.id >= chat.last.id) chat.last = message;
    const incoming = isNew && !seen && !message.mine;
    if (incoming) {
      if (this.isWatched(cid, message)) this.see(cid, message.id);
      else this.countUnread(chat, message);
    }
    if (message.mine) chat.started = true;
    if (message.from?.is_bot) this.actions.delete(cid);
    this.tell("messages", { chat: cid, incoming: incoming ? message : null });
    this.tell("action", { chat: cid });
    this.tell("chats");
  }

  // One note for a burst of messages; that it was not taken shows only as an unread badge after a reload.
  see(cid, id) {
    clearTimeout(this.seeing);
    this.seeing = setTimeout(() => markRead(this.uid, cid, id).catch(() => {}), READ_DELAY_MS);
  }

  countUnread(chat, message) {
    const ids = this.unread.get(chat.id);
    ids?.add(message.id);
    chat.unread = ids ? ids.size : chat.unread + 1;
  }

  remove(cid, id) {
    const known = this.messages.get(cid);
    known?.delete(id);
    this.unread.get(cid)?.delete(id);
    const chat = this.chats.get(cid);
    if (chat && chat.last?.id === id) chat.last = known ? (this.list(cid).at(-1) ?? null) : null;
    this.tell("messages", { chat: cid });
    this.tell("chats");
  }

  act(cid, action) {
    clearTimeout(this.actions.get(cid)?.timer);
    const timer = setTimeout(() => {
      this.actions.delete(cid);
      this.tell("action", { chat: cid });
    }, ACTION_SECONDS * 1000);
    this.actions.set(cid, { action, timer });
    this.tell("action", { chat: cid });
  }
}

/** The message already held when it says the same: a bubble is drawn anew only for another object. */
function sameAs(held, message) {
  return held && JSON.stringify(held) === JSON.stringify(message) ? held : message;
}
