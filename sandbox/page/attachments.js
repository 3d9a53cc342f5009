// Files from this computer to a chat: the attach menu, drag and drop, paste, and the sheet before sending.

import { sendFiles, sendVoice } from "./api.js";
import { el, icon } from "./dom.js";
import { fileSize } from "./format.js";
import { pickSticker, shareContact, shareLocation } from "./share.js";

const ALBUM_MAX = 10;
const CAPTION_MAX = 1024;
const PICTURE = /^image\/(jpeg|png|webp|gif|bmp)$/;

/** The sheet behind the paper clip. */
export function openAttachMenu(view) {
  const { phone } = view;
  const sheet = phone.overlay.sheet("Attach", { testid: "attach-menu" });
  const input = (accept, asFiles, testid) => {
    const node = el("input", { type: "file", multiple: true, accept, hidden: true, "data-testid": testid });
    node.addEventListener("change", () => {
      const files = [...node.files];
      sheet.close();
      if (files.length) previewFiles(view, files, asFiles);
    });
    return node;
  };
  const pictures = input("image/*,video/*", false, "file-photo");
  const files = input(null, true, "file-document");
  const then = (act) => () => {
    sheet.close();
    act();
  };
  const voice = () => view.deliver((fields) => sendVoice(phone.uid, view.cid, fields));
  const choices = [
    ["image", "Photo or video", 205, "attach-photo", () => pictures.click()],
    ["file", "File", 255, "attach-file", () => files.click()],
    ["location", "Location", 140, "attach-location", then(() => shareLocation(view))],
    ["person", "Contact", 30, "attach-contact", then(() => shareContact(view))],
    ["smile", "Sticker", 330, "attach-sticker", then(() => pickSticker(view))],
    ["mic", "Voice", 0, "attach-voice", then(voice)],
  ];
  const grid = el("div.attach-grid");
  for (const [sign, text, hue, testid, click] of choices) {
    const round = el("span.attach-sign", { style: { "--hue": String(hue) } }, icon(sign));
    grid.append(el("button", { "data-testid": testid, on: { click } }, round, el("span", { text })));
  }
  sheet.body.append(grid, pictures, files);
}

/** Let files be dropped on the chat and pictures be pasted into it. */
export function acceptFiles(view) {
  const { node } = view;
  let depth = 0;
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const mark = (by) => {
    depth = Math.max(0, depth + by);
    node.classList.toggle("dropping", depth > 0);
  };
  node.addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
  node.addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
  node.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  node.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    previewFiles(view, [...event.dataTransfer.files]);
  });
  node.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    previewFiles(view, files);
  });
}

/** Show what is about to be sent, with a caption and the choice between pictures and files. */
export function previewFiles(view, files, asFiles = !files.every(isPictureOrVideo)) {
  const { overlay } = view.phone;
  const pictures = files.every(isPictureOrVideo);
  const urls = files.map((file) => (PICTURE.test(file.type) ? URL.createObjectURL(file) : null));
  const noun = files.every((file) => PICTURE.test(file.type)) ? "picture" : "file";
  const title = files.length > 1 ? `Send ${files.length} ${noun}s` : `Send a ${noun}`;
  const forget = () => urls.forEach((url) => url && URL.revokeObjectURL(url));
  const sheet = overlay.sheet(title, { testid: "preview-sheet", closed: forget });
  const caption = el("textarea", {
    rows: "2",
    maxlength: CAPTION_MAX,
    placeholder: "Caption",
    label: "Caption",
    dir: "auto",
    "data-first": "",
    "data-testid": "caption",
  });
  const choice = el("input", { type: "checkbox", "data-testid": "as-files" });
  choice.checked = asFiles;
  const send = el("button.main", { type: "submit", text: "Send", "data-testid": "send-files" });
  const submit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    send.classList.add("busy");
    if (await sendAll(view, files, choice.checked, caption.value.trim())) sheet.close();
    send.disabled = false;
    send.classList.remove("busy");
  };
  caption.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
  });
  const asFile = pictures ? el("label.check", {}, choice, "Send without compression, as a file") : null;
  sheet.body.append(
    el("div.preview", { "data-count": files.length }, files.map((file, at) => previewTile(file, urls[at]))),
    el("form.inline-form", { on: { submit } }, asFile, caption, send),
  );
}

function isPictureOrVideo(file) {
  return PICTURE.test(file.type) || file.type.startsWith("video/");
}

function previewTile(file, url) {
  if (url) return el("img", { src: url, alt: file.name });
  return el(
    "div.preview-file",
    {},
    icon("file"),
    el("span.document-text", {}, el("b", { text: file.name, dir: "auto" }), el("span", { text: fileSize(file.size) })),
  );
}

/** Albums hold at most ten, and videos are sent one by one, as an album is of one kind here. */
async function sendAll(view, files, asFiles, caption) {
  const lots = [];
  for (const file of files) {
    const kind = asFiles || !isPictureOrVideo(file) ? "document" : file.type.startsWith("video/") ? "video" : "photo";
    const lot = lots.at(-1);
    if (lot?.kind === kind && kind !== "video" && lot.files.length < ALBUM_MAX) lot.files.push(file);
    else lots.push({ kind, files: [file] });
  }
  for (const [at, lot] of lots.entries()) {
    const words = at === 0 ? caption : "";
    const sent = await view.deliver((fields) =>
      sendFiles(view.phone.uid, view.cid, lot.files, lot.kind, { caption: words, ...fields }),
    );
    if (!sent) return false;
  }
  return true;
}
