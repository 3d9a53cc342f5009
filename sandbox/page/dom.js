// Building elements. Text always goes in through textContent; `html` is for the server's own safe HTML only.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: el("button.send", {label: "Send", on: {click}}, child, "text").
 * `tag` may carry classes; `label` becomes aria-label; `data`, `on` and `style` are maps; null children are dropped.
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (key === "data") for (const [field, content] of Object.entries(value)) node.dataset[field] = content;
    else if (key === "style") for (const [field, content] of Object.entries(value)) node.style.setProperty(field, content);
    else if (key === "text") node.textContent = value;
    else if (key === "html") node.innerHTML = value;
    else if (key === "label") node.setAttribute("aria-label", value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (name === "button" && !props.type) node.type = "button";
  return node;
}

/** A round button that shows only an icon; `label` is its accessible name and its tooltip. */
export function iconButton(shape, label, click, props = {}) {
  return el("button.icon-button", { label, title: label, ...props, on: { click } }, icon(shape));
}

const SHAPES = {
  back: "M15 5l-7 7 7 7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4 12l16-8-5.5 16-3-6.5zM11.5 13.5L20 4",
  attach: "M19.5 11.5l-7.8 7.8a4.6 4.6 0 01-6.5-6.5l8-8a3.1 3.1 0 014.4 4.4l-8 8a1.5 1.5 0 01-2.2-2.2l7.2-7.1",
  mic: "M12 3.5a2.8 2.8 0 012.8 2.8v5.4a2.8 2.8 0 01-5.6 0V6.3a2.8 2.8 0 012.8-2.8zM6 11.5a6 6 0 0012 0M12 17.5V21",
  smile: "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.5v.3M15 9.5v.3",
  keyboard: "M3.5 7.5a2 2 0 012-2h13a2 2 0 012 2v9a2 2 0 01-2 2h-13a2 2 0 01-2-2zM7.5 9.5v.01M12 9.5v.01M16.5 9.5v.01M8 14.5h8",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2.5 12.8l4 4L15 8M10.8 16l.8.8L20.5 8",
  pin: "M9 3.5h6l-.6 6 3.1 3.5h-11l3.1-3.5zM12 13v7.5",
  reply: "M10 6L4.5 11.5 10 17M5 11.5h7.5c4 0 6.5 2.2 7 6",
  copy: "M9 9h9.5v11H9zM15 6V4H5.5v11H6.5",
  edit: "M5 19l1-4L16.5 4.5l3 3L9 18z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7",
  block: "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM6 6l12 12",
  image: "M4 5.5h16v13H4zM4 15.5l4.5-4.5 4 4 3-3 4.5 4.5M15.5 9v.01",
  file: "M6.5 3.5h7.5l4 4V20.5h-11.5zM14 3.5V8h4",
  location: "M12 21c-4-4.5-6.5-7.5-6.5-11a6.5 6.5 0 0113 0c0 3.5-2.5 6.5-6.5 11zM12 12.2a2.2 2.2 0 100-4.4 2.2 2.2 0 000 4.4z",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  people: "M9 11.5a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 19.5c.6-3.5 3.2-5.3 6.5-5.3s5.9 1.8 6.5 5.3M16 5.2a3.3 3.3 0 010 6M18 14.6c2 .7 3.1 2.4 3.5 4.9",
  phone: "M8 2.8h8a2 2 0 012 2v14.4a2 2 0 01-2 2H8a2 2 0 01-2-2V4.8a2 2 0 012-2zM11 18.3h2",
  card: "M3.5 6h17v12h-17zM3.5 10h17M7 14.5h4",
  link: "M8 16L17 7M10 7h7v7",
  hash: "M9.5 4L7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M6.5 10.5h11v9h-11zM9 10.5V8a3 3 0 016 0v2.5",
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5v13M16 5.5v13",
  clock: "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM12 7.5V12l3 2",
  network: "M4 9.5c4.8-4.3 11.2-4.3 16 0M7 13c3-2.7 7-2.7 10 0M12 17.5v.01",
  addPerson: "M10 12a3.8 3.8 0 100-7.6 3.8 3.8 0 000 7.6zM3 20c.7-3.8 3.4-5.6 7-5.6 1.6 0 3 .4 4.1 1.1M18 13.5v7M14.5 17h7",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14",
  forward: "M9 5l7 7-7 7",
  menu: "M5 7h14M5 12h14M5 17h9",
  wifi: "M3.5 9.5c5-4.6 12-4.6 17 0M6.5 13c3.3-3 7.7-3 11 0M9.6 16.3c1.5-1.3 3.3-1.3 4.8 0M12 19v.01",
};

/** A line icon that takes the text color; hidden from screen readers. */
export function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon", `icon-${shape}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  return svg;
}
