// What a bubble carries besides text: pictures, files, voice, places and contacts.

import { avatar } from "./avatar.js";
import { el, icon } from "./dom.js";
import { fileSize } from "./format.js";
import { openPicture } from "./viewer.js";

const SHOWN_BY_BROWSER = /^(application\/pdf|image\/(png|jpeg|gif|webp)|text\/(plain|calendar)|audio\/|video\/)/;
const PLAIN_FORMS = new Set(["photo", "video", "animation", "video_note"]);

/** Whether the medium fills the bubble to its edges. */
export const isPicture = (media) => PLAIN_FORMS.has(media?.kind);

/** The element for the medium of one message. */
export function mediaNode(message, phone) {
  const { media } = message;
  const build = BUILDERS[media.kind] ?? documentCard;
  return build(media, phone, message);
}

/** Several pictures or files sent together. */
export function albumNode(messages, phone) {
  if (messages.every((message) => isPicture(message.media))) {
    const grid = el("div.album", { "data-count": Math.min(messages.length, 10) });
    grid.append(...messages.map((message, at) => cell("div.album-cell", message, at, phone)));
    return grid;
  }
  return el("div.file-stack", {}, messages.map((message, at) => cell("div", message, at, phone)));
}

/** The first message of an album is known by the row that holds the whole album. */
function cell(tag, message, at, phone) {
  return el(tag, at ? { "data-message-id": message.id } : {}, mediaNode(message, phone));
}

function photo(media, phone, message) {
  const words = message.text ? `Photo: ${message.text}` : "Photo";
  const picture = el("img", { src: media.url, alt: words, width: media.width, height: media.height, draggable: "false" });
  return el(
    "button.picture",
    {
      label: `${words}. Open full screen`,
      "data-testid": "photo",
      style: media.width && media.height ? { "--ratio": String(media.width / media.height) } : {},
      on: { click: () => openPicture(phone, message) },
    },
    picture,
  );
}

function video(media) {
  const look = { src: media.url, controls: true, preload: "metadata", label: media.name || "Video" };
  return el("div.picture", {}, el("video", look));
}

function documentCard(media) {
  const shown = SHOWN_BY_BROWSER.test(media.mime ?? "");
  const extension = (media.name ?? "").split(".").pop()?.slice(0, 4) ?? "";
  return el(
    "a.document",
    {
      href: media.url,
      target: shown ? "_blank" : null,
      rel: "noopener",
      download: shown ? null : media.name || true,
      "data-testid": "document",
    },
    el("span.document-sign", { "aria-hidden": "true" }, icon(shown ? "file" : "download"), el("b", { text: extension })),
    el(
      "span.document-text",
      {},
      el("span.document-name", { text: media.name || "File", dir: "auto" }),
      el("span.document-size", { text: fileSize(media.size) }),
    ),
  );
}

function voice(media) {
  const sound = el("audio", { src: media.url, preload: "none" });
  const button = el("button.play", { label: "Play voice message" }, icon("play"));
  const bars = el("span.wave", { "aria-hidden": "true" });
  for (let bar = 0; bar < 28; bar += 1) {
    bars.append(el("i", { style: { height: `${20 + Math.abs(Math.sin(bar * 1.7) * Math.cos(bar * 0.45)) * 80}%` } }));
  }
  const show = () => {
    button.replaceChildren(icon(sound.paused ? "play" : "pause"));
    button.setAttribute("aria-label", sound.paused ? "Play voice message" : "Pause");
  };
  button.addEventListener("click", () => (sound.paused ? sound.play().catch(show) : sound.pause()));
  for (const event of ["play", "pause", "ended"]) sound.addEventListener(event, show);
  return el("div.voice", {}, button, bars, el("span.voice-size", { text: voiceLength(media) }), sound);
}

function voiceLength(media) {
  if (!Number.isFinite(media.duration)) return fileSize(media.size);
  return `${Math.floor(media.duration / 60)}:${String(media.duration % 60).padStart(2, "0")}`;
}

function sticker(media, phone, message) {
  if (!message.mine && /^image\//.test(media.mime ?? "")) {
    return el("img.sticker-image", { src: media.url, alt: "Sticker" });
  }
  return el("div.sticker", { role: "img", label: `Sticker ${media.emoji ?? ""}`, text: media.emoji || "◆" });
}

function place(media) {
  const known = Number.isFinite(media.latitude) && Number.isFinite(media.longitude);
  const at = known ? `${media.latitude.toFixed(5)}, ${media.longitude.toFixed(5)}` : "";
  return el(
    "div.place",
    { "data-testid": "location" },
    el("div.map", { "aria-hidden": "true" }, icon("location")),
    el("div.place-text", {}, el("b", { text: media.name || "Location" }), known ? el("span", { text: at }) : null),
  );
}

function contact(media) {
  const number = media.phone ?? "";
  const name = media.name || number || "Contact";
  return el(
    "div.contact",
    { "data-testid": "contact" },
    avatar(Array.from(name).reduce((sum, letter) => sum + letter.codePointAt(0), 0), name),
    el("div.contact-text", {}, el("b", { text: name, dir: "auto" }), el("span", { text: number, dir: "ltr" })),
  );
}

const BUILDERS = {
  photo,
  video,
  animation: video,
  video_note: video,
  document: documentCard,
  voice,
  audio: voice,
  sticker,
  location: place,
  venue: place,
  contact,
};
