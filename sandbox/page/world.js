// What all phones share: the bot, the people, the groups and the simulated clock.

import { getState } from "./api.js";
import { dayKey, showTimesIn } from "./format.js";

/** Fires "change" when the state was read again, "clock" when the simulated time moved or ticked, "day" on a new day. */
export class World extends EventTarget {
  constructor() {
    super();
    this.state = null;
    this.anchor = { now: 0, at: 0 };
    this.day = null;
    setInterval(() => this.tick(), 1000);
  }

  async refresh() {
    this.state = await getState();
    showTimesIn(this.state.clock.time_zone);
    this.setNow(this.state.now);
    this.dispatchEvent(new Event("change"));
  }

  get bot() {
    return this.state.bot;
  }

  get people() {
    return this.state.people;
  }

  /** The simulated time as a Date; it runs on between the server's announcements. */
  get now() {
    return new Date(this.anchor.now + performance.now() - this.anchor.at);
  }

  setNow(iso) {
    this.anchor = { now: Date.parse(iso), at: performance.now() };
    this.tick();
  }

  tick() {
    this.dispatchEvent(new Event("clock"));
    const day = dayKey(this.now);
    if (this.day && this.day !== day) this.dispatchEvent(new Event("day"));
    this.day = day;
  }

  person(uid) {
    return this.state.people.find((person) => person.id === uid);
  }

  group(cid) {
    return this.state.groups.find((group) => group.id === cid);
  }

  /** People outside every group first: those who are served before those who serve. */
  inOrder() {
    const staff = new Set(this.state.groups.flatMap((group) => group.members));
    return [...this.people].sort((a, b) => staff.has(a.id) - staff.has(b.id));
  }
}
