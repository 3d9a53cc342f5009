// What can be done with one message: reply, copy, edit, delete.

import { deleteMessage } from "./api.js";
import { copyText } from "./clipboard.js";

/** Open the menu of a message (or of an album's messages) at a point or an element. */
export function openMessageMenu(view, where, messages) {
  const [head] = messages;
  const worded = messages.find((message) => message.text);
  const items = [{ icon: "reply", text: "Reply", testid: "menu-reply", act: () => view.composer.setReply(head) }];
  if (worded) {
    const copy = () => copyText(view.phone, worded.text);
    items.push({ icon: "copy", text: "Copy text", testid: "menu-copy", act: copy });
  }
  if (head.mine && worded) {
    items.push({ icon: "edit", text: "Edit", testid: "menu-edit", act: () => view.composer.setEdit(worded) });
  }
  if (head.mine || !view.isGroup) {
    const remove = () => erase(view, messages);
    items.push({ icon: "trash", text: "Delete", danger: true, testid: "menu-delete", act: remove });
  }
  view.phone.overlay.menu(where, items);
}

async function erase(view, messages) {
  const { phone, cid } = view;
  const sure = await phone.overlay.ask({
    title: messages.length > 1 ? `Delete ${messages.length} messages?` : "Delete this message?",
    text: "It disappears for everybody in this chat.",
    yes: "Delete",
    no: "Keep",
    danger: true,
  });
  if (!sure) return;
  await phone.run(async () => {
    for (const message of messages) {
      await deleteMessage(phone.uid, cid, message.id);
      phone.feed.remove(cid, message.id);
    }
  });
}
