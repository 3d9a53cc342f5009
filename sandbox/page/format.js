// How dates, sizes, money and names read on the page. The page speaks English; the bot speaks for itself.

const LOCALE = "en-GB";

let show;
showTimesIn(undefined);

/** Show every date and time on the wall clock of that IANA zone; of the reader's own where none is named. */
export function showTimesIn(timeZone) {
  const as = (parts) => new Intl.DateTimeFormat(LOCALE, { ...parts, timeZone: timeZone ?? undefined });
  show = {
    clock: as({ hour: "2-digit", minute: "2-digit" }),
    weekday: as({ weekday: "short" }),
    day: as({ day: "numeric", month: "long" }),
    dayShort: as({ day: "numeric", month: "short" }),
    dayYear: as({ day: "numeric", month: "long", year: "numeric" }),
    year: as({ year: "numeric" }),
  };
}

/** "14:05". */
export const timeOfDay = (iso) => show.clock.format(new Date(iso));

/** "Fri 5 Dec". */
export const shortDate = (iso) => `${show.weekday.format(new Date(iso))} ${show.dayShort.format(new Date(iso))}`;

/** "2025". */
export const yearOf = (iso) => show.year.format(new Date(iso));

/** "Fri 5 Dec 2025". */
export const fullDate = (iso) => `${shortDate(iso)} ${yearOf(iso)}`;

/** One key per calendar day. */
export const dayKey = (iso) => show.dayYear.format(new Date(iso));

/** The words on a date separator: "Today", "Yesterday", "5 December", with the year when it is another year. */
export function dayLabel(iso, now) {
  const date = new Date(iso);
  if (dayKey(date) === dayKey(now)) return "Today";
  if (dayKey(date) === dayKey(new Date(now).getTime() - 86_400_000)) return "Yesterday";
  return (yearOf(date) === yearOf(now) ? show.day : show.dayYear).format(date);
}

/** When a chat last had news: the time today, the weekday this week, else the date. */
export function whenShort(iso, now) {
  const date = new Date(iso);
  if (dayKey(date) === dayKey(now)) return show.clock.format(date);
  const days = Math.abs(new Date(now) - date) / 86_400_000;
  return (days < 6 ? show.weekday : show.dayShort).format(date);
}

/** File size: "814 B", "96 KB", "2.4 MB". */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Money from a whole number of minor units, as Telegram's invoices give it: money(12345, "CNY") is "¥123.45". */
export function money(minor, currency) {
  const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const format = new Intl.NumberFormat(LOCALE, style);
  const places = format.resolvedOptions().maximumFractionDigits;
  const digits = String(Math.abs(minor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const cents = places ? `.${digits.slice(-places)}` : "";
  return format.format(`${minor < 0 ? "-" : ""}${whole}${cents}`);
}

/** Up to two letters for an avatar; one character for scripts without spaces. */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0]);
  return letters.join("").toUpperCase() || "?";
}

/** A stable hue (degrees) for somebody's avatar and name. */
export const hueOf = (id) => (Math.abs(Number(id)) * 47 + 205) % 360;

/** "Lin Mei" from a person record. */
export const fullName = (person) => [person.first_name, person.last_name].filter(Boolean).join(" ");

const MEDIA_WORDS = {
  photo: "Photo",
  document: "File",
  voice: "Voice message",
  sticker: "Sticker",
  location: "Location",
  contact: "Contact",
  video: "Video",
  audio: "Audio",
  animation: "GIF",
  video_note: "Video message",
};

/** One line that stands for a message in a list, a quote or a notification. */
export function summary(message) {
  if (!message) return "";
  if (message.service) return message.service;
  const words = (message.text || "").replace(/\s+/g, " ").trim();
  if (message.invoice) return `Invoice: ${message.invoice.title}`;
  if (!message.media) return words;
  if (message.media.kind === "sticker") return `${message.media.emoji || ""} Sticker`.trim();
  if (words) return words;
  if (message.media.kind === "document") return message.media.name || MEDIA_WORDS.document;
  return MEDIA_WORDS[message.media.kind] || "Message";
}
