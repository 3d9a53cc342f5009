// One phone: the frame, the status bar with the simulated clock, and the screen that is open.

import { payLink, startBot } from "./api.js";
import { ChatList } from "./chat-list.js";
import { ChatView } from "./chat-view.js";
import { el, icon } from "./dom.js";
import { Feed } from "./feed.js";
import { fullName, summary, timeOfDay } from "./format.js";
import { Overlay } from "./overlay.js";
import { TopicList } from "./topic-list.js";

export class Phone {
  constructor(world, uid) {
    this.world = world;
    this.uid = uid;
    this.feed = new Feed(uid);
    this.drafts = new Map();
    this.clock = el("span.status-time", { "data-testid": "status-time" });
    this.signal = el("span.status-signal", { title: "Connected" }, icon("wifi"), el("span.battery"));
    this.live = el("div.unseen", { "aria-live": "polite", "data-testid": "live" });
    this.stage = el("div.stage");
    this.screen = el(
      "div.screen",
      {},
      el("div.status-bar", {}, this.clock, el("span.island"), this.signal),
      this.stage,
      this.live,
    );
    this.node = el(
      "article.phone",
      { "data-person": uid, label: `Phone of ${fullName(this.person)}` },
      this.screen,
    );
    this.overlay = new Overlay(this.screen);
    this.view = null;
    this.tick = () => (this.clock.textContent = timeOfDay(world.now));
    this.tick();
    this.listen();
  }

  get person() {
    return this.world.person(this.uid);
  }

  listen() {
    this.world.addEventListener("clock", this.tick);
    this.feed.addEventListener("clock", (event) => this.world.setNow(event.detail.now));
    this.feed.addEventListener("shared", () => this.run(() => Promise.all([this.world.refresh(), this.feed.loadChats()])));
    this.feed.addEventListener("messages", (event) => this.announce(event.detail));
    this.feed.addEventListener("online", () => {
      this.node.classList.toggle("offline", !this.feed.online);
      this.signal.title = this.feed.online ? "Connected" : "Connecting…";
    });
  }

  async start() {
    await this.run(() => this.feed.start());
    const chats = [...this.feed.chats.keys()];
    if (chats.length === 1) this.openChat(chats[0]);
    else this.openList();
  }

  destroy() {
    this.world.removeEventListener("clock", this.tick);
    this.view?.destroy();
    this.feed.stop();
    this.node.remove();
  }

  /** Do something that may fail; a failure is told in a toast. Resolves to whether it went well. */
  async run(task) {
    try {
      await task();
      return true;
    } catch (error) {
      this.overlay.toast(error.message, { error: true });
      return false;
    }
  }

  announce({ chat, incoming }) {
    if (!incoming) return;
    const title = this.feed.chats.get(chat)?.title ?? "";
    this.live.textContent = `${incoming.from?.name ?? title}: ${summary(incoming)}`;
    const listed = this.view instanceof ChatList || (this.view instanceof TopicList && this.view.cid === chat);
    if (incoming.service || listed || this.feed.isWatched(chat, incoming)) return;
    this.overlay.banner(title, summary(incoming), () => this.openThread(chat, incoming.thread_id ?? null));
  }

  show(view, motion) {
    this.view?.destroy();
    this.view = view;
    view.node.classList.add(motion);
    this.stage.replaceChildren(view.node);
  }

  openList() {
    this.show(new ChatList(this), "slide-back");
  }

  /** Open a chat; a forum opens on its topics. */
  openChat(cid, motion = "slide-in") {
    const chat = this.feed.chats.get(cid);
    if (!chat) return;
    if (chat.forum) this.show(new TopicList(this, cid), motion);
    else this.openThread(cid, undefined);
  }

  /** Open the messages of a chat: of one topic (null: General), or of all of it (undefined). */
  openThread(cid, thread) {
    const scope = this.feed.chats.get(cid)?.forum ? thread : undefined;
    this.show(new ChatView(this, cid, scope), "slide-in");
  }

  /** Leave the open chat for where it was opened from. */
  goBack() {
    const chat = this.feed.chats.get(this.view.cid);
    if (chat?.forum) this.openChat(chat.id, "slide-back");
    else this.openList();
  }

  /** Pay an invoice that a link stands for; the link tells neither amount nor purpose. */
  payByLink(href) {
    this.overlay.ask({ title: "Pay this invoice?", text: "The test bank takes no real money.", yes: "Pay", no: "Cancel" }).then(
      (sure) =>
        sure &&
        this.run(async () => {
          const answer = await payLink(this.uid, this.uid, href);
          this.overlay.toast(answer.ok ? "Paid" : answer.error || "The payment did not go through", { error: !answer.ok });
        }),
    );
    return true;
  }

  /** Follow a link to the bot itself inside the phone; false when the link leads elsewhere. */
  followBotLink(href) {
    const url = new URL(href, location.href);
    const path = url.protocol === "tg:" ? url.searchParams.get("domain") : url.pathname.slice(1);
    if (/^(www\.)?t\.me$/.test(url.hostname) && path.startsWith("$")) return this.payByLink(href);
    const isBot = path?.toLowerCase() === this.world.bot.username.toLowerCase();
    if (!isBot || !(url.protocol === "tg:" || /^(www\.)?(t|telegram)\.me$/.test(url.hostname))) return false;
    const start = url.searchParams.get("start");
    this.openChat(this.uid);
    if (start !== null) this.run(() => startBot(this.uid, this.uid, start));
    return true;
  }
}
