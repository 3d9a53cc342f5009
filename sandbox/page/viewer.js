// A picture over the whole screen; the arrows go through the pictures of the same chat.

import { el, icon, iconButton } from "./dom.js";

/** Open the picture of `message`, sent in the chat that the phone shows. */
export function openPicture(phone, message) {
  const pictures = phone.feed.list(phone.view.cid).filter((other) => other.media?.kind === "photo");
  let at = Math.max(0, pictures.findIndex((other) => other.id === message.id));
  const image = el("img", { alt: "" });
  const caption = el("p.viewer-caption", { dir: "auto" });
  const count = el("span.viewer-count");
  const save = el("a.icon-button", { label: "Download", title: "Download" }, icon("download"));
  const dialog = el("dialog.viewer", { label: "Picture", "data-testid": "viewer" });
  const back = iconButton("back", "Previous picture", () => step(-1));
  const on = iconButton("forward", "Next picture", () => step(1));
  const close = iconButton("close", "Close", () => dialog.close(), { "data-testid": "viewer-close" });

  function show() {
    const picture = pictures[at];
    image.src = picture.media.url;
    image.alt = picture.text ? `Photo: ${picture.text}` : "Photo";
    caption.textContent = picture.text ?? "";
    count.textContent = pictures.length > 1 ? `${at + 1} of ${pictures.length}` : "";
    save.href = picture.media.url;
    save.download = picture.media.name || `photo-${picture.id}.jpg`;
    back.disabled = at === 0;
    on.disabled = at === pictures.length - 1;
  }

  function step(by) {
    at = Math.min(pictures.length - 1, Math.max(0, at + by));
    show();
  }

  dialog.append(el("header.viewer-bar", {}, close, count, save), image, caption, el("nav.viewer-steps", {}, back, on));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show();
  dialog.showModal();
  close.focus();
}
